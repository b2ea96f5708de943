# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The unit tests on the other Debian release that Warder supports, in the root that its packages are built in.

readonly other_release=trixie

make_other_root() { make_build_root "$(host_architecture)" "$other_release"; }

# Without optimization, the build takes half as long. What matters here are the other compiler and libraries.
test_on_debian_13() {
    local directory=build/debian13
    make_other_root || { bare_phase_failed "root, Debian 13"; return; }
    step "building and testing on Debian 13"
    mkdir -p "$directory"
    in_root "$(build_root "$(host_architecture)" "$other_release")/root" bash -ec "
        export CCACHE_DIR=/ccache CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        cmake --preset release -B $directory -DWARDER_TESTS=ON -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0 >$directory.log 2>&1 || { cat $directory.log; exit 1; }
        cmake --build $directory -- --quiet
        tools/run_units.sh $directory $reports/unit-debian13
        tools/smoke.sh $directory/warder" || bare_phase_failed "Debian 13"
}
