# The tour of `./x demo`. It runs inside ./x, which has booted the machine:
# `target` says where its serial line is.

narrate() { # SENTENCE
    printf '\n== %s\n' "$1"
}

# Narrates a step, then does it.
step() { # SENTENCE COMMAND...
    narrate "$1"
    shift
    echo "\$ $*"
    "$@"
}

echo "The demo system runs at $target, and goes on while we look at it."

step 'Who is at the other end of the line?' host-cli info
step 'Which rows of the address space are in use?' host-cli layout
step 'Which processes are there?' host-cli processes
step 'What do their threads do, and on whom do they wait?' host-cli threads
step 'What stands in the mailboxes?' host-cli mailboxes
step 'Which entries map the GDT and IDT, and with what rights?' \
    host-cli translate 0xb000
step 'What is mapped in the first task?' host-cli regions --task 1
step 'And what does memory hold there?' host-cli read 0xb000 64

narrate 'Now the real gdb, on the same line. It stops the system and lets it go.'
# Its script names files relative to the root.
(cd "$root" && timeout 120 gdb -q -nx -batch \
    -ex "target remote ${target#unix:}" \
    -x scripts/demo.gdb target/stormglass/kernel.elf)

step 'It runs again, as if nothing had happened:' host-cli info
narrate 'That was the tour.'
