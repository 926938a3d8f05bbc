# Part of ./x: which tests run.

prove() { # [--long] [quick | newer | NAME...]
    if [ "${1:-}" = --long ]; then
        export STORMGLASS_LONG=1
        shift
    fi
    case $#,${1:-} in
    0,) runs=--workspace ;;
    1,newer)
        prove_newer
        return
        ;;
    1,quick)
        runs='--workspace --exclude tests
            -p tests --lib --test quick'
        ;;
    *) choose "$@" ;;
    esac
    prepare "$*"
    log=$(mktemp)
    echo "$runs" | while read -r options; do
        host_cargo test $options --no-fail-fast </dev/null 2>&1 ||
            echo 'x: failed'
    done | tee "$log"
    awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
        END { printf "\n%d passed, %d failed, %d ignored\n",
              passed, failed, ignored }' "$log"
    result=0
    ! grep -qx 'x: failed' "$log" || result=1
    rm "$log"
    return $result
}

# Installs and builds what these runs need.
prepare() { # WORDS
    case $runs in
    *--workspace* | *'-p tests'*) ;;
    *)
        set_up
        return
        ;;
    esac
    need gdb gdb
    need_machine kernel
    if [ "$1" != quick ]; then
        need lldb lldb
        need_machine bochs
    fi
    gather
}

# Sets $runs to cargo's arguments, one line for each call. A name is a file in
# tests/tests, a crate, or a test.
choose() { # NAME...
    files='' crates='' runs=''
    for name; do
        case $name in
        '' | *[!A-Za-z0-9_-]*) unknown "$name" ;;
        esac
        if [ -e "$root/tests/tests/$name.rs" ]; then
            files="$files --test $name"
        elif is_crate "$name"; then
            crates="$crates -p $name"
        else
            found=$(runs_of "$name")
            [ -n "$found" ] || unknown "$name"
            runs="$runs
$found"
        fi
    done
    runs="${crates#?}
${files:+-p tests$files}$runs"
    runs=$(echo "$runs" | sed '/^$/d')
}

unknown() { # NAME
    echo "x: no test, crate or file in tests/tests is called \"$1\"" >&2
    exit 2
}

is_crate() { # NAME
    find "$root" -name target -prune -o -name Cargo.toml -exec cat {} + |
        grep -Fx "name = \"$1\"" >/dev/null
}

# Prints how cargo runs each test of this name.
runs_of() { # NAME
    find "$root" -name target -prune -o -name '*.rs' \
        -exec grep -lE "^ *fn $1\(" {} + | while read -r file; do
        grep -B 4 -E "^ *fn $1\(" "$file" | grep -q '#\[test\]' || continue
        crate=$(dirname "$file")
        until [ -e "$crate/Cargo.toml" ]; do
            crate=$(dirname "$crate")
        done
        options="-p $(sed -n 's/^name = "\(.*\)"/\1/p' "$crate/Cargo.toml")"
        case $file in
        "$root"/tests/tests/*)
            options="$options --test $(basename "$file" .rs)"
            ;;
        "$root"/tests/src/*) options="$options --lib" ;;
        esac
        echo "$options $1"
    done
}
