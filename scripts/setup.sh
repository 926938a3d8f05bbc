# Part of ./x: finds what a command needs, and installs what is missing. It
# needs no network if nothing is, and never removes what is there.

# The oldest that will do for the kernel, as a minor version of Rust 1.
rust=$(sed -n 's/^rust-version = "1\.\([0-9]*\)".*/\1/p' \
    "$root/kernel/Cargo.toml")
install='apt-get install -y --no-remove --no-install-recommends'
missing=
need() { # COMMAND|/FILE PACKAGE
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac || missing="$missing $2"
}

# Everything is named before anything is installed, so that a user who has to
# do it by hand is told once.
install_missing() {
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || fail "please install:$missing"
    [ -n "$(apt-cache madison gcc 2>/dev/null)" ] || [ "$(id -u)" != 0 ] ||
        apt-get update -qq >&2 || fail 'apt-get update failed; above is why'
    case $missing in *' rust '*) choose_rust ;; esac
    get="$install$missing"
    [ "$(id -u)" = 0 ] || fail "not installed:$missing; run: sudo $get"
    export DEBIAN_FRONTEND=noninteractive
    $get >&2 || { apt-get update -qq && $get; } >&2 ||
        fail "apt-get could not install:$missing; above is why. It may" \
            'remove nothing that is there: where it wants to, install' \
            "these by hand, or Rust 1.$rust or newer with its source by rustup"
    missing=
    hash -r
}

# Puts the packages of a Rust with its source in place of the word. Debian
# has a new one beside its own, as rustc-web; Ubuntu has several by version.
choose_rust() {
    packages=
    candidate=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')
    if is_new_enough "$candidate"; then
        packages='rustc-web cargo-web rust-web-src'
    else
        for name in $(apt-cache search --names-only '^rustc-1\.[0-9]+$' |
            cut -d ' ' -f 1 | sort -rV); do
            version=${name#rustc-}
            is_new_enough "$version" || break
            packages="$name cargo-$version rust-$version-src"
            break
        done
    fi
    missing=$(echo "$missing" | sed "s/ rust / $packages /; s/ *\$//")
    [ -n "$packages" ] || {
        others=
        [ -z "$missing" ] ||
            others="; also not installed:$missing; run: sudo $install$missing"
        fail "Rust 1.$rust or newer with its source is needed, and no package" \
            'has it here; run: rustup toolchain install stable' \
            "--component rust-src$others"
    }
}

is_new_enough() { # VERSION
    minor=$(echo "$1" | sed -n 's/^1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge $rust ]
}

# The kernel builds its own `core`, so the toolchain must have its source.
rust_is_there() {
    command -v cargo >/dev/null || return 1
    version=$(rustc --version 2>/dev/null) || return 1
    is_new_enough "${version#rustc }" || return 1
    [ -e "$(rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]
}

# A rustup that can't help is left as it is; a packaged Rust goes ahead of it.
need_rust() {
    rust_is_there && return
    if command -v rustup >/dev/null && is_new_enough \
        "$(rustc --version 2>/dev/null | cut -d ' ' -f 2)"; then
        rustup component add rust-src >&2 || :
        rust_is_there && return
    fi
    before=$PATH
    for bin in /usr/bin $(ls -d /usr/lib/rust-1.*/bin 2>/dev/null | sort -rV); do
        PATH=$bin:$before
        rust_is_there && return
    done
    PATH=$before
    missing="$missing rust "
}

set_up() { # what every command needs
    need cc 'gcc libc6-dev'
    need ld binutils
    need_rust
    install_missing
    need_rust
    [ -z "$missing" ] ||
        fail "Rust 1.$rust or newer with its source is not to be found;" \
            'run: rustup toolchain install stable --component rust-src'
}

# An outer cargo, as under `cargo test`, must not configure the inner one.
for name in $(env | sed -n 's/^\(CARGO[A-Z0-9_]*\)=.*/\1/p;
                            s/^\(RUST[A-Z0-9_]*\)=.*/\1/p'); do
    case $name in
    CARGO_HOME | CARGO_HTTP_* | CARGO_NET_* | CARGO_REGISTR*) ;;
    CARGO_SOURCE_* | CARGO_TERM_* | RUSTUP_* | RUST_BACKTRACE) ;;
    *) unset "$name" ;;
    esac
done
unset MAKEFLAGS
