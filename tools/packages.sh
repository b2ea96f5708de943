# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The system packages that ./dev needs, with their names in Debian 12, Debian 13 and Ubuntu 24.04.

readonly oldest_gxx=12
readonly build_packages=(g++ cmake ninja-build ccache pkg-config libboost-dev libboost-json-dev libboost-url-dev libssl-dev
    libsodium-dev libsqlite3-dev libpq-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev)
readonly unit_packages=(libgtest-dev libgmock-dev python3-pytimeparse postgresql)
readonly test_packages=("${unit_packages[@]}" python3-pytest python3-pytest-timeout python3-pytest-xdist python3-requests python3-jwt
    libfaketime python3-hypothesis python3-authlib python3-cryptography python3-yaml python3-aiohttp python3-flask
    python3-flask-httpauth nginx-light apache2-bin caddy haproxy mercurial gunicorn openssl curl jq strace sqlite3
    systemd docker-registry rclone restic skopeo squid varnish zsh fish man-db mandoc prometheus)
readonly electrum_packages=(electrum)  # not in Ubuntu
readonly browser_packages=(chromium chromium-driver python3-selenium)
readonly npm_packages=(npm)
readonly bench_packages=(libbenchmark-dev wrk nginx-light haproxy strace postgresql python3 python3-jwt)
readonly sanitizer_packages=(clang-19 libclang-rt-19-dev llvm-19)
readonly picture_packages=(faketime pngquant fonts-inter)
readonly lint_packages=(clang-19 clang-tidy-19 clang-format-19)

missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qxF "$package installed" <<<"$installed" || printf '%s\n' "$package"
    done
}

is_offered() { [[ -n $(apt-cache --quiet=0 policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]\)/\1/p') ]]; }

# boost_name PACKAGE [RELEASE]: the name in a release of Debian, or in this system.
# Debian 12 has two versions of Boost, and the packages without a version in their names are too old.
boost_name() {
    local package=$1 release=${2-}
    if [[ $release == bookworm ]] || { [[ -z $release ]] && ! is_offered libboost-url-dev && is_offered libboost-url1.81-dev; }; then
        package=${package/-dev/1.81-dev}
    fi
    printf '%s\n' "$package"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Servers must be installed but not started. If the system has no policy for that, one is created during the
# installation.
install_packages() {
    local policy=/usr/sbin/policy-rc.d own_policy=0 status=0 log
    log=$(mktemp)
    if [[ ! -e $policy ]]; then
        own_policy=1
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    quietly "$log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" || status=$?
    ((own_policy == 0)) || as_root rm -f "$policy"
    rm -f "$log"
    return "$status"
}

# need WHY PACKAGE...: prints which packages are missing and installs them.
need() {
    local why=$1 package names=() missing
    shift
    if ! command -v dpkg-query >/dev/null; then
        step "not Debian or Ubuntu: install yourself $why, by Debian's names: $*"
        return
    fi
    # A new system has no package lists, and boost_name needs them.
    if [[ " $* " == *" libboost-dev "* ]] && ! is_offered libboost-dev; then
        step "reading the lists of packages (apt-get update, as root)"
        quietly "$(mktemp)" as_root apt-get update -qq || fail "apt-get update failed"
    fi
    for package in "$@"; do
        case $package in libboost*) package=$(boost_name "$package") ;; esac
        names+=("$package")
    done
    mapfile -t missing < <(missing_packages "${names[@]}")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        fail "these packages are missing $why; install them as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    step "installing as root, $why: ${missing[*]}"
    quietly "$(mktemp)" as_root apt-get update -qq || true
    install_packages "${missing[@]}" || fail "apt-get could not install them"
}

# Prints one line if the compiler is too old, instead of a thousand errors later.
check_compiler() {
    local version
    command -v "${CXX-g++}" >/dev/null || fail "there is no compiler ${CXX-g++}: Warder needs g++ $oldest_gxx or newer"
    [[ $("${CXX-g++}" --version) == *"Free Software Foundation"* ]] || return 0
    version=$("${CXX-g++}" -dumpversion)
    ((${version%%.*} >= oldest_gxx)) || fail "${CXX-g++} is version $version: Warder needs g++ $oldest_gxx or newer; CXX=g++-$oldest_gxx names another one"
}

# Installs the modules that Debian lacks, with the versions in the lock files. An existing npm is used, since Debian's
# would conflict with it.
need_npm_modules() {
    local directory
    for directory in "$@"; do
        cmp -s "$directory/package-lock.json" "$directory/node_modules/lock-of-this" && continue
        command -v npm >/dev/null || need "for what Debian has no packages of" "${npm_packages[@]}"
        mkdir -p build
        step "npm: installing what $directory/package-lock.json names"
        quietly build/npm.log npm ci --prefix "$directory" --ignore-scripts --no-audit --no-fund || fail "npm could not install it"
        cp "$directory/package-lock.json" "$directory/node_modules/lock-of-this"
    done
}
