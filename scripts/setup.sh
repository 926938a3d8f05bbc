# Part of ./x: installs what is missing, and needs no network if nothing is.

missing=
need() { # COMMAND|/FILE PACKAGE
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac || missing="$missing $2"
}

install_missing() {
    [ -n "$missing" ] || return 0
    get="apt-get install -y --no-install-recommends$missing"
    command -v apt-get >/dev/null || fail "please install:$missing"
    [ "$(id -u)" = 0 ] || fail "not installed:$missing; run: sudo $get"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && $get; } >&2 ||
        fail "apt-get could not install:$missing; is the network there?"
    missing=
}

# The kernel builds its own `core`, so the toolchain must have its source.
rust_is_there() {
    command -v cargo >/dev/null || return 1
    minor=$(rustc --version | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge 95 ] &&
        [ -e "$(rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]
}

set_up() { # what every command needs
    need cc 'gcc libc6-dev'
    need ld binutils
    install_missing
    rust_is_there && return
    if command -v rustup >/dev/null && rustup component add rust-src >&2; then
        rust_is_there && return
    fi
    PATH=/usr/bin:/bin:$PATH # ahead of a rustup that could not help
    if ! rust_is_there; then
        missing=' rustc-web cargo-web rust-web-src'
        install_missing
    fi
    rust_is_there || fail 'Rust 1.95 with its source is needed:' \
        'rustup component add rust-src, or rustc-web cargo-web rust-web-src'
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
