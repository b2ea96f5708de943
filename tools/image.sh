# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Container images: build/image/warder_VERSION_ARCHITECTURE.docker.tar and .oci.tar

readonly images=build/image
readonly image_packages=(buildah skopeo mmdebstrap)
# What the server needs besides the libraries that its package names: certificates of authorities for upstreams with
# TLS, names of services, and a program for the health check.
readonly image_contents=(base-files netbase ca-certificates busybox-static)
readonly image_user=65532

# make_image_root ARCHITECTURE PACKAGE ROOT: extracts the package and what it needs, without a package manager. No program
# of the image runs, so that it may be for another architecture.
make_image_root() {
    local architecture=$1 package=$2 root=$3 dependencies
    # Versions and adduser are for an installation.
    dependencies=$(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/(.*//; s/ //g' | grep -vx adduser)
    mapfile -t dependencies <<<"$dependencies"
    quietly "$images/root.log" as_root mmdebstrap --quiet --variant=extract --architectures="$architecture" \
        --include="$(IFS=, && echo "${image_contents[*]} ${dependencies[*]}" | tr ' ' ,)" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/man/*' \
        "$(host_release)" "$root" || return 1
    as_root dpkg-deb -x "$package" "$root"
    as_root sh -euc '
        cd "$1"
        cat usr/share/ca-certificates/mozilla/*.crt >etc/ssl/certs/ca-certificates.crt
        printf "root:x:0:0:root:/root:/sbin/nologin\nwarder:x:%s:%s::/data:/sbin/nologin\n" "$2" "$2" >etc/passwd
        printf "root:x:0:\nwarder:x:%s:\n" "$2" >etc/group
        rm -rf etc/warder lib/systemd usr/share/bash-completion usr/share/fish usr/share/man usr/share/zsh var/cache/* var/lib/apt var/lib/dpkg var/log/*
        install -d -m 0700 -o "$2" -g "$2" data' sh "$root" "$image_user"
}

# commit_images ARCHITECTURE ROOT NAME: writes the image in the format of Docker, which has health checks, and in that of OCI, which has
# none.
commit_images() {
    local architecture=$1 root=$2 name=$3 container mounted
    local storage=(buildah --root "$PWD/$images/storage" --runroot "$PWD/$images/run" --storage-driver vfs)
    container=$(as_root "${storage[@]}" from scratch)
    # `buildah add` would make root the owner of all files.
    mounted=$(as_root "${storage[@]}" mount "$container")
    as_root cp -a "$root/." "$mounted"
    as_root "${storage[@]}" umount "$container" >/dev/null
    as_root "${storage[@]}" config --os linux --arch "$architecture" --user "$image_user:$image_user" --entrypoint '["/usr/bin/warder"]' --cmd serve --workingdir /data --volume /data \
        --port 8441 --stop-signal SIGTERM --env WARDER_DATA_DIR=/data --env WARDER_LISTEN=0.0.0.0:8441 --env WARDER_ALLOW_PLAINTEXT=true \
        --healthcheck 'CMD /bin/busybox wget -q -O /dev/null http://127.0.0.1:8441/healthz/readiness' --healthcheck-interval 10s \
        --healthcheck-timeout 3s --healthcheck-start-period 30s --healthcheck-retries 3 \
        --env PATH=/usr/bin:/bin --label org.opencontainers.image.title=Warder --label "org.opencontainers.image.version=$(project_version)" \
        --label org.opencontainers.image.licenses=MIT --label org.opencontainers.image.description="Access tokens for REST and JSON-RPC APIs" "$container"
    local format
    for format in docker oci; do
        rm -f "$images/$name.$format.tar"
        as_root "${storage[@]}" commit --quiet --format "$format" --timestamp "$(source_date)" "$container" \
            "$format-archive:$PWD/$images/$name.$format.tar:warder:$(project_version)" >/dev/null
    done
    as_root "${storage[@]}" rm "$container" >/dev/null
}

# make_images ARCHITECTURE: from the package for this system's release
make_images() {
    local architecture=$1 package root name
    package=$(echo "$(package_directory "$architecture" "$(host_release)")"/warder_*.deb)
    name=warder_$(project_version)_$architecture
    need "to make images" "${image_packages[@]}"
    mkdir -p "$images"
    root=$(mktemp -d "$PWD/$images/root.XXXX")
    step "making the images"
    if ! make_image_root "$architecture" "$package" "$root" || ! quietly "$images/commit.log" commit_images "$architecture" "$root" "$name"; then
        as_root rm -rf "$root"
        fail "the images could not be made"
    fi
    as_root rm -rf "$root" "$images/storage" "$images/run"
}

run_image() {
    (($# <= 1)) || fail "image takes an architecture"
    local architecture=${1-$(host_architecture)}
    check_target "$architecture" "$(host_release)"
    make_packages "$architecture" "$(host_release)"
    make_images "$architecture"
    ls "$images"/*_"$architecture".*.tar
}
