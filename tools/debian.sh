# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The other Debian release that Warder supports, in a root of its own: build/debian13.

readonly other_release=trixie
readonly other=build/debian13

# The root is kept until the list of its packages changes.
make_other_root() {
    local packages mirror=http://deb.debian.org/debian
    packages=$(IFS=, && printf '%s' "${build_packages[*]} ${unit_packages[*]} curl" | tr ' ' ,)
    [[ $(cat "$other/packages" 2>/dev/null) != "$packages" ]] || return 0
    step "making a root of Debian 13 in $other (about two minutes)"
    as_root rm -rf "$other/root" "$other/build"
    mkdir -p "$other"
    quietly "$other/root.log" as_root mmdebstrap --quiet --variant=minbase --include="$packages" "$other_release" "$other/root" "$mirror" || return 1
    printf '%s' "$packages" >"$other/packages"
}

# Runs a script in the root, with this checkout as /src. The mounts disappear when it ends.
in_other_root() {
    as_root unshare --mount --propagation private bash -ec '
        root=$1
        mkdir -p "$root/src"
        mount --bind . "$root/src"
        mount --rbind /proc "$root/proc"
        exec chroot "$root" /bin/bash -ec "cd /src && $2"' _ "$other/root" "$1"
}

# Without optimization, the build takes half as long. What matters here are the other compiler and libraries.
test_on_debian_13() {
    make_other_root || { bare_phase_failed "root, Debian 13"; return; }
    step "building and testing on Debian 13"
    in_other_root "
        export CCACHE_DIR=/src/$other/ccache CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        cmake --preset release -B $other/build -DWARDER_TESTS=ON -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0 >$other/configure.log 2>&1 || { cat $other/configure.log; exit 1; }
        cmake --build $other/build -- --quiet
        tools/run_units.sh $other/build $reports/unit-debian13
        tools/smoke.sh $other/build/warder" || bare_phase_failed "Debian 13"
}
