# Part of ./x: a machine in QEMU that runs the demo system, and ends with us.

machine=
scratch=
stop_machine() {
    trap '' INT TERM
    [ -z "$machine" ] || kill "$machine" 2>/dev/null || :
    wait
    [ -z "$scratch" ] || rm -rf "$scratch"
}

# Boots the demo system and waits until it is ready; $target says where.
boot() { # ENDPOINT MONITOR MEMORY WORDS
    need qemu-system-i386 qemu-system-x86
    install_missing
    scratch=$(mktemp -d)
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap stop_machine EXIT
    target=${1:-unix:$scratch/com1}
    case $target in
    unix:?*) serial=$target,server=on,wait=off ;;
    tcp:?*:?*) serial=$target,server=on,wait=off,nodelay=on ;;
    pty) serial=pty ;;
    *) fail "not an endpoint: $target; try unix:PATH, tcp:HOST:PORT or pty" ;;
    esac
    monitor=none
    [ -z "$2" ] || monitor=$2,server=on,wait=off
    modules=
    for name in $programs; do
        # A comma separates modules, two stand for one.
        modules=$modules,$(echo "$out/modules/$name" | sed 's/,/,,/g')
    done
    qemu-system-i386 -accel tcg -display none -nodefaults -no-reboot \
        -m "$3" -kernel "$out/kernel.elf" -initrd "${modules#,}" \
        -append "debug=com1 console=com2 $4" -serial "$serial" \
        -serial "file:$scratch/console" -monitor "$monitor" \
        </dev/null >"$scratch/qemu" 2>&1 &
    machine=$!
    ready='^ready:'
    case " $4 " in *' wait '*) ready='^waiting for a debugger' ;; esac
    tenths=0
    until grep -q "$ready" "$scratch/console" 2>/dev/null; do
        tenths=$((tenths + 1))
        reason=
        [ $tenths -lt 300 ] || reason='is not ready after 30 s'
        kill -0 "$machine" 2>/dev/null || reason='has ended'
        if [ -n "$reason" ]; then
            tail -n 20 "$scratch/console" "$scratch/qemu" >&2 2>/dev/null || :
            fail "the machine $reason; above are its last words"
        fi
        sleep 0.1
    done
    [ "$target" != pty ] ||
        target=pty:$(sed -n 's/.* redirected to \([^ ]*\) .*/\1/p' "$scratch/qemu")
}
