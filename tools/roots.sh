# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Roots of Debian below build/roots: to build in for another release or architecture, and to install packages in.

readonly roots=build/roots
readonly releases=(bookworm trixie)
readonly architectures=(amd64 arm64)
readonly root_packages=(mmdebstrap debian-archive-keyring)
readonly emulator_packages=(arch-test qemu-user-static)

host_release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
host_architecture() { dpkg --print-architecture; }

# build_root ARCHITECTURE RELEASE: the directory of the root in which programs for ARCHITECTURE are built.
build_root() { printf '%s\n' "$roots/build-$2-$1"; }

# The packages of such a root. For another architecture, that is Debian's cross compiler with the libraries to link, next
# to which the same libraries of this architecture are not installed.
build_root_contents() {
    local architecture=$1 release=$2 package names=(debhelper)
    if [[ $architecture == "$(host_architecture)" ]]; then
        names+=("${build_packages[@]}" "${unit_packages[@]}" curl)
    else
        names+=("crossbuild-essential-$architecture" qemu-user-static python3)
        for package in "${build_packages[@]}"; do
            case $package in
                g++) ;;
                libcli11-dev) names+=("$package") ;;  # headers alone, in a package for all architectures
                lib*-dev) names+=("$package:$architecture") ;;
                *) names+=("$package") ;;
            esac
        done
    fi
    for package in "${names[@]}"; do
        case $package in libboost*) package=$(boost_name "$package" "$release") ;; esac
        printf '%s\n' "$package"
    done
}

# The root is kept until the list of its packages changes.
make_build_root() {
    local architecture=$1 release=$2 directory names all=()
    directory=$(build_root "$architecture" "$release")
    names=$(build_root_contents "$architecture" "$release" | paste -sd ,)
    [[ $(cat "$directory/packages" 2>/dev/null) != "$names" ]] || return 0
    step "making a root of Debian $release to build for $architecture in $directory (some minutes)"
    as_root rm -rf "$directory"
    mkdir -p "$directory"
    mapfile -t all < <(printf '%s\n' "$(host_architecture)" "$architecture" | uniq)
    quietly "$directory/root.log" as_root mmdebstrap --quiet --variant=minbase --architectures="$(IFS=, && echo "${all[*]}")" \
        --include="$names" "$release" "$directory/root" || return 1
    printf '%s' "$names" >"$directory/packages"
}

# fresh_root ARCHITECTURE RELEASE: the directory of the root in which packages are installed.
fresh_root() { printf '%s\n' "$roots/fresh-$2-$1"; }

# A small root as after an installation, with curl. It is kept.
make_fresh_root() {
    local architecture=$1 release=$2 root
    root=$(fresh_root "$architecture" "$release")
    if [[ ! -e $root.made ]]; then
        step "making a root of Debian $release, $architecture, to install the packages in"
        as_root rm -rf "$root"
        mkdir -p "$roots"
        quietly "$root.log" as_root mmdebstrap --quiet --variant=minbase --architectures="$architecture" --skip=cleanup/apt --include=curl "$release" "$root" ||
            return 1
        touch "$root.made"
    fi
    # The lists name versions that the mirror replaces some day.
    quietly "$root.log" as_root chroot "$root" apt-get update -qq
}

# in_root ROOT COMMAND...: runs a command in a root, with this checkout as its working directory /src. The mounts
# disappear when it ends.
in_root() {
    as_root unshare --mount --propagation private bash -ec '
        root=$1
        shift
        mkdir -p "$root/src"
        mount --bind . "$root/src"
        mount --rbind /proc "$root/proc"
        exec chroot "$root" /bin/bash -ec "cd /src && exec \"\$@\"" _ "$@"' _ "$@"
}

# emulate ARCHITECTURE COMMAND...: runs a command while the kernel can start programs for ARCHITECTURE, for which it
# uses qemu-user-static if the processor can't.
emulate() {
    local architecture=$1 processor line status=0
    shift
    if [[ $architecture == "$(host_architecture)" ]] || arch-test "$architecture" >/dev/null; then
        "$@"
        return
    fi
    processor=$(dpkg-architecture -a"$architecture" -qDEB_HOST_GNU_CPU 2>/dev/null)
    coproc EMULATION { hold_emulation "qemu-$processor"; }
    if ! read -r line <&"${EMULATION[0]}" || ! arch-test "$architecture" >/dev/null; then
        printf './dev: the kernel does not start programs for %s: it needs binfmt_misc\n' "$architecture" >&2
        return 1
    fi
    "$@" || status=$?
    eval "exec ${EMULATION[1]}>&-"
    wait "$EMULATION_PID" || true
    return "$status"
}

# hold_emulation RULE: adds a rule of qemu-user-static to binfmt_misc, says so, and removes it at the end of its standard
# input. Newer kernels forget all rules when the file system is unmounted, which it is in containers and small systems.
hold_emulation() {
    as_root unshare --mount --propagation private sh -ec '
        cd /proc/sys/fs/binfmt_misc
        if [ ! -e register ]; then
            mount -t binfmt_misc none .
            cd /proc/sys/fs/binfmt_misc
        fi
        cat "/usr/lib/binfmt.d/$1.conf" >register
        echo started
        cat
        echo -1 >"$1"' sh "$1"
}
