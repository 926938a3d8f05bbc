# Part of ./x: tests with a newer gdb and lldb than the system packages. They
# come as Python wheels; where none can be had, that is said, and is no failure.

# By version, so that a release nobody has tried does not turn a run red.
newer_gdb=gdb-for-pwndbg==18.1.0.post1
newer_lldb=lldb-for-pwndbg==23.1.0.post2
venv=$root/target/newer

prove_newer() {
    if ! fetch_newer >&2; then
        echo "x: newer debuggers are passed over: $lacking"
        return
    fi
    result=0
    prove_with gdb gdb_session both_machines conditions images editors x87 sse \
        backtraces || result=1
    prove_with lldb lldb_session passed_on images sse backtraces || result=1
    return $result
}

# Each in a folder of its own, so that the other stays the system's.
prove_with() { # gdb|lldb FILE...
    name=$1
    shift
    "$venv/$name/$name" --version </dev/null | head -n 1
    PATH=$venv/$name:$PATH "$root/x" test "$@"
}

# Leaves in $lacking why they cannot be had.
fetch_newer() {
    lacking='they need python3 with venv and pip'
    make_venv || return
    lacking='no registry has them within reach'
    timeout 180 "$venv/bin/pip" install --quiet --only-binary :all: \
        --disable-pip-version-check --retries 1 --timeout 20 \
        "$newer_gdb" "$newer_lldb" || return
    for name in gdb lldb; do
        lacking="$name does not start here"
        mkdir -p "$venv/$name"
        ln -sf "../bin/$name" "$venv/$name/$name"
        timeout 60 "$venv/$name/$name" --version </dev/null >/dev/null || return
    done
}

make_venv() {
    [ ! -x "$venv/bin/pip" ] || return 0
    python3 -m venv "$venv" && return
    [ "$(id -u)" = 0 ] && $install python3-venv &&
        python3 -m venv "$venv"
}
