# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian packages: build/package/RELEASE-ARCHITECTURE/*.deb

readonly packages=build/package
readonly package_packages=(debhelper)
readonly package_test_packages=(lintian mmdebstrap)

project_version() { sed -n 's/^project(warder VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt; }

# All times in a package are that of the last commit, so that the same source results in the same packages.
source_date() {
    if [[ -n ${SOURCE_DATE_EPOCH-} ]]; then
        printf '%s\n' "$SOURCE_DATE_EPOCH"
    else
        git log -1 --format=%ct 2>/dev/null || stat -c %Y CMakeLists.txt
    fi
}

# The commit that is built, as CMake finds it in a checkout.
revision() { git rev-parse --short=12 HEAD 2>/dev/null || printf 'unknown\n'; }

is_of_this_system() { [[ "$1 $2" == "$(host_architecture) $(host_release)" ]]; }

# packing_environment RELEASE: what tools/pack.sh needs to know, one variable a line. sudo would not pass it on.
packing_environment() {
    printf '%s\n' "SOURCE_DATE_EPOCH=$(source_date)" "WARDER_VERSION=$(project_version)" "WARDER_BOOST=$(boost_name libboost-json-dev "$1")"
}

package_here() {
    local environment
    need "to build" "${build_packages[@]}"
    need "to pack" "${package_packages[@]}"
    configure release "-DCMAKE_INSTALL_LIBDIR=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" "-DWARDER_REVISION=${WARDER_REVISION-}"
    compile release --target warder --target warder_library || fail "the build failed"
    mkdir -p "$packages"
    step "packing"
    mapfile -t environment < <(packing_environment "")
    quietly "$packages/pack.log" env "${environment[@]}" tools/pack.sh "$PWD/build/release" "$1" || fail "the packages could not be made"
}

package_in_root() {
    local architecture=$1 release=$2 out=$3 environment
    need "to build for other systems" "${root_packages[@]}"
    make_build_root "$architecture" "$release" || fail "the root to build in could not be made"
    mkdir -p "$packages"
    step "building and packing for $architecture and $release: about six minutes on two cores for the first time"
    mapfile -t environment < <(packing_environment "$release")
    environment+=("WARDER_REVISION=${WARDER_REVISION-$(revision)}" ${CCACHE_DISABLE:+"CCACHE_DISABLE=$CCACHE_DISABLE"})
    quietly "$packages/pack.log" in_root "$(build_root "$architecture" "$release")/root" env "${environment[@]}" \
        tools/build_in_root.sh "$architecture" "build/$release-$architecture" "$out" ||
        fail "the packages could not be made"
}

package_directory() { printf '%s\n' "$packages/$2-$1"; }

# make_packages ARCHITECTURE RELEASE
make_packages() {
    local out
    out=$(package_directory "$@")
    if is_of_this_system "$@"; then package_here "$out"; else package_in_root "$@" "$out"; fi
}

# Fails if there are no packages for a target. Those of this system can be made on Ubuntu, too.
check_target() {
    is_of_this_system "$@" && return
    [[ " ${architectures[*]} " == *" $1 "* ]] || fail "there are no packages for the architecture \"$1\": choose ${architectures[*]}"
    [[ " ${releases[*]} " == *" $2 "* ]] || fail "there are no packages for the release \"$2\": choose ${releases[*]}"
}

run_package() {
    (($# <= 2)) || fail "package takes an architecture and a release"
    local architecture=${1-$(host_architecture)} release=${2-$(host_release)}
    check_target "$architecture" "$release"
    make_packages "$architecture" "$release"
    ls "$(package_directory "$architecture" "$release")"/*.deb
}

# package_copy COPY ARCHITECTURE RELEASE: makes the packages once more from a copy of the sources in another directory.
# The compiler's results come from ccache, unless this is --long.
package_copy() {
    local copy=$1
    mkdir -p "$copy/build"
    git ls-files -z | xargs -0 cp --parents -t "$copy"
    ln -s "$PWD/$roots" "$copy/$roots"
    quietly "$packages/copy.log" env SOURCE_DATE_EPOCH="$(source_date)" WARDER_REVISION="$(revision)" "$copy/dev" package "$2" "$3"
}

# test_target NAME ARCHITECTURE RELEASE: makes the packages, for this system's release also images, and tests them.
test_target() {
    local name=$1 architecture=$2 release=$3 out copy built_in=$PWD arguments=()
    out=$(package_directory "$architecture" "$release")
    copy=$(mktemp -d /tmp/warder-copy.XXXX)
    is_of_this_system "$architecture" "$release" || built_in=/src/build
    [[ $release == "$(host_release)" ]] || arguments+=(--ignore=tests/packages/test_image.py)
    # Emulation takes ten times as long, and systemd can't be the first process in it.
    [[ $architecture == "$(host_architecture)" ]] || arguments+=(-o timeout=1200 --ignore=tests/packages/test_systemd.py)
    ((is_long == 0)) || local -x CCACHE_DISABLE=1
    if make_fresh_root "$architecture" "$release" &&
        (make_packages "$architecture" "$release" && { [[ $release != "$(host_release)" ]] || make_images "$architecture"; }) &&
        step "packing a copy of the sources" && package_copy "$copy" "$architecture" "$release"; then
        step "tests of the packages and images, $release, $architecture"
        as_root env WARDER_PACKAGES="$out" WARDER_REBUILT_PACKAGES="$copy/$out" WARDER_BUILD_DIRECTORIES="$built_in" WARDER_IMAGES="$images" \
            WARDER_ROOT="$(fresh_root "$architecture" "$release")" unshare --mount --propagation private \
            "$python" -m pytest -q -n 2 --dist loadfile --junitxml="$reports/$name.xml" -o junit_suite_name="$name" tests/packages "${arguments[@]}" ||
            phase_failed "$name"
    else
        bare_phase_failed "$name"
    fi
    as_root rm -rf "$copy"
}

test_packages() { test_target packages "$(host_architecture)" "$(host_release)"; }

# The packages for all other systems. Building them takes too long for --all.
test_other_packages() {
    local architecture release
    for release in "${releases[@]}"; do
        for architecture in "${architectures[@]}"; do
            is_of_this_system "$architecture" "$release" || emulate "$architecture" test_target "packages-$release-$architecture" "$architecture" "$release" ||
                bare_phase_failed "packages, $release, $architecture"
        done
    done
}
