# Part of ./x: a machine that runs the demo system, and exits when we do.

machine=
lines=
scratch=
stop_machine() {
    trap '' INT TERM HUP PIPE
    for process in $machine $lines; do
        kill "$process" 2>/dev/null || :
    done
    wait
    [ -z "$scratch" ] || rm -rf "$scratch"
}

# Boots the demo system and waits until it is ready; $target says where.
boot() { # KIND ENDPOINT MONITOR MEMORY WORDS
    kind=$1 target=$2 monitor=$3 memory=$4 words=$5
    scratch=$(mktemp -d)
    # A shell that a signal ends runs no EXIT trap: `./x demo | head` is one.
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 129' HUP
    trap stop_machine EXIT
    if [ "$kind" != kernel ]; then
        { echo 'set timeout=0'; menu_entry demo "debug=com1 console=com2 $words"; } |
            make_image "$scratch/image"
    fi
    case $kind in
    kernel | iso) start_qemu ;;
    bochs) start_bochs ;;
    esac
    if [ "$target" = pty ]; then
        wait_for 'the terminal' 50 grep -q ' redirected to ' "$scratch/said"
        target=pty:$(sed -n 's/.* redirected to \([^ ]*\) .*/\1/p' "$scratch/said")
    fi
    wait_until_ready
}

need_machine() { # KIND
    [ "$1" = kernel ] || need_grub
    if [ "$1" = bochs ]; then
        need bochs-bin 'bochs bochs-term'
        need /usr/share/seabios/bios.bin seabios
        need /usr/share/vgabios/vgabios.bin vgabios
        need socat socat
    else
        need qemu-system-i386 qemu-system-x86
    fi
}

start_qemu() {
    target=${target:-unix:$scratch/com1}
    case $target in
    unix:?*) serial=$target,server=on,wait=off ;;
    tcp:?*:?*) serial=$target,server=on,wait=off,nodelay=on ;;
    pty) serial=pty ;;
    *) fail "not an endpoint: $target; try unix:PATH, tcp:HOST:PORT or pty" ;;
    esac
    talk=none
    [ -z "$monitor" ] || talk=$monitor,server=on,wait=off
    if [ "$kind" = iso ]; then
        set -- -cdrom "$scratch/image"
    else
        modules=
        for name in $programs; do
            # A comma separates modules; two mean a literal one.
            modules=$modules,$(echo "$out/modules/$name" | sed 's/,/,,/g')
        done
        set -- -kernel "$out/kernel.elf" -initrd "${modules#,}" \
            -append "debug=com1 console=com2 $words"
    fi
    qemu-system-i386 -accel tcg -display none -nodefaults -no-reboot \
        -m "$memory" "$@" -serial "$serial" \
        -serial "file:$scratch/console" -monitor "$talk" \
        </dev/null >"$scratch/said" 2>&1 &
    machine=$!
}

# Bochs' own sockets are slow and serve one client only. So its COM1 is one
# end of a pair of terminals, and a socket is served at the other end.
start_bochs() {
    [ -z "$monitor" ] || fail '--monitor is for QEMU; Bochs has none'
    target=${target:-pty}
    far=$scratch/com1
    case $target in
    tcp:?*:?*)
        host=${target#tcp:}
        place=TCP-LISTEN:${host##*:},bind=${host%:*},reuseaddr,nodelay
        ;;
    pty) ;;
    *) fail "not an endpoint for Bochs: $target; try tcp:HOST:PORT or pty" ;;
    esac
    socat PTY,raw,echo=0,link="$far" PTY,raw,echo=0,link="$scratch/near" \
        2>"$scratch/socat" &
    lines=$!
    wait_for 'the pair of terminals' 50 test -e "$scratch/near"
    near=$(readlink "$scratch/near")
    if [ "$target" = pty ]; then
        target=pty:$near
    else
        socat "$place,fork,max-children=1" "$near,raw,echo=0" \
            2>>"$scratch/socat" &
        lines="$lines $!"
    fi
    echo c >"$scratch/commands"
    # Since version 3 its debugger, which takes the commands, is an option.
    debugger=
    ! bochs-bin --help 2>&1 | grep -q -e -debugger || debugger=-debugger
    MEMORY=$memory CPU=core2_penryn_t9600 CLOCK=slowdown \
        IMAGE=$scratch/image LINE=$far CONSOLE=$scratch/console \
        LOG=$scratch/log bochs-bin $debugger -q -f "$root/tests/bochsrc" \
        -rc "$scratch/commands" </dev/null >"$scratch/said" 2>&1 &
    machine=$!
}

# The kernel says when: on the second serial port, or, where it prints
# elsewhere, in the log that it keeps.
wait_until_ready() {
    ready='ready: [0-9]* programs run'
    case " $words " in *' wait '*) ready='waiting for a debugger' ;; esac
    console=$(echo "console=com2 $words" | tr ' ' '\n' |
        sed -n 's/^console=//p' | tail -n 1)
    if [ "$console" = com2 ]; then
        wait_for 'the machine' 600 grep -q "^$ready" "$scratch/console"
    else
        wait_for 'the machine' 600 is_in_log "$ready"
    fi
}

is_in_log() { # PATTERN
    "$out/host-cli" --target "$target" --timeout 1 log |
        grep -q "^ *[0-9]*  $1"
}

# Waits until a command succeeds, while the machine is running.
wait_for() { # WHAT TENTHS COMMAND...
    what=$1 tenths=$2
    shift 2
    until "$@" 2>/dev/null; do
        tenths=$((tenths - 1))
        reason=
        [ $tenths -gt 0 ] || reason='is not ready in time'
        [ -z "$machine" ] || kill -0 "$machine" 2>/dev/null ||
            reason='has ended'
        if [ -n "$reason" ]; then
            for said in console said log socat; do
                tail -n 20 "$scratch/$said" >&2 2>/dev/null || :
            done
            fail "$what $reason; above are its last words"
        fi
        sleep 0.1
    done
}
