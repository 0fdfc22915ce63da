# shellcheck shell=bash
# What a build needs besides Rust: RocksDB is C++, and its bindings are generated with libclang.
# Sourced by the other scripts.

# Prints the folder that holds libclang, if there is one.
find_libclang() {
    if [[ -n "${LIBCLANG_PATH:-}" ]]; then
        printf '%s\n' "$LIBCLANG_PATH"
        return 0
    fi
    local folder
    for folder in /usr/lib/llvm-*/lib /usr/lib /usr/lib64 /usr/lib/*-linux-gnu /usr/local/lib \
        /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib; do
        # Not libclang-cpp, which is another library.
        if compgen -G "$folder/libclang.so*" >/dev/null ||
            compgen -G "$folder/libclang-[0-9]*.so*" >/dev/null ||
            compgen -G "$folder/libclang.dylib" >/dev/null; then
            printf '%s\n' "$folder"
            return 0
        fi
    done
    return 1
}

has_cxx_compiler() {
    command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null
}

# Checks for a C++ compiler and libclang. Says what is missing and why before it installs anything;
# where it may not install, prints the line to run and fails.
require_prerequisites() {
    local missing=()
    if ! command -v cargo >/dev/null; then
        echo "cargo is not installed: see https://rustup.rs" >&2
        return 1
    fi
    if ! has_cxx_compiler; then
        echo "A C++ compiler is missing: RocksDB, the store, is compiled from source."
        missing+=(g++)
    fi
    if ! find_libclang >/dev/null; then
        echo "libclang is missing: the bindings to RocksDB are generated with it."
        missing+=(libclang-dev)
    fi
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        echo "Install a C++ compiler and libclang with your system's packages, and run this again." >&2
        return 1
    fi
    if ((EUID != 0)); then
        echo "Run this, then start again:" >&2
        echo "    sudo apt-get install --yes --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "Installing with apt-get: ${missing[*]}"
    local log
    log=$(mktemp)
    # The output names package sources, so it is shown without them, and only on failure.
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        echo "apt-get could not install ${missing[*]}:" >&2
        tail -n 20 "$log" | sed -E 's#[a-z+]+://[^ ]+#<source>#g' >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
