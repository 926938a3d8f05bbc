# Part of ./x: the boot image, GRUB with the kernel and its programs.

need_grub() {
    need grub-mkrescue grub-common
    need /usr/lib/grub/i386-pc grub-pc-bin
    need xorriso xorriso
    need mformat mtools
}

# A menu for machines with a screen, where the kernel prints.
iso() {
    need_grub
    gather
    {
        echo 'set timeout=5'
        debug='debug=com1 console=vga'
        menu_entry 'Stormglass: demo system, debugger on COM1' "$debug"
        menu_entry '... waiting for a debugger before it starts' "$debug wait"
        menu_entry '... at 9600 baud, for a bad cable' \
            'debug=com1,9600 console=vga'
        menu_entry '... with programs that misbehave' \
            "$debug demo=null,deadlock,overflow,wild,full"
        menu_entry 'Stormglass: demo system, without debugger' 'console=vga'
    } | make_image "$out/stormglass.iso.$$"
    mv "$out/stormglass.iso.$$" "$out/stormglass.iso"
    echo "$out/stormglass.iso"
}

menu_entry() { # TITLE WORDS
    echo "menuentry '$1' {"
    echo "    multiboot /boot/kernel.elf $2"
    for name in $programs; do
        echo "    module /boot/$name $name"
    done
    echo '}'
}

# Makes an image whose menu is read from standard input.
make_image() { # IMAGE
    making=$(mktemp -d)
    mkdir -p "$making/tree/boot/grub"
    cat >"$making/tree/boot/grub/grub.cfg"
    for name in kernel.elf $programs; do
        cp "$out/modules/$name" "$making/tree/boot"
    done
    grub-mkrescue --fonts= --locales= --themes= \
        --install-modules='normal iso9660 biosdisk multiboot' \
        -o "$1" "$making/tree" >"$making/said" 2>&1 || {
        cat "$making/said" >&2
        rm -r "$making"
        fail "grub-mkrescue could not make $1; above is why"
    }
    rm -r "$making"
}
