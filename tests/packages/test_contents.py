# SPDX-License-Identifier: MIT
"""What is in the packages, and that the same source results in the same packages."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import PACKAGES, PRISTINE_ROOT, architecture, package

MIB = 2**20
REBUILT = Path(os.environ.get("WARDER_REBUILT_PACKAGES", "build/package/none"))
BUILT_IN = [name for name in os.environ.get("WARDER_BUILD_DIRECTORIES", "").split(":") if name]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    directory = tmp_path_factory.mktemp("content")
    subprocess.run(["dpkg-deb", "--extract", package("warder"), directory], check=True)
    return directory


def test_package_is_smaller_than_4_mib():
    assert package("warder").stat().st_size < 4 * MIB


def test_lintian_finds_nothing():
    report = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *sorted(PACKAGES.glob("*.deb"))], capture_output=True, text=True, check=False)
    assert report.returncode == 0, report.stdout + report.stderr


def test_package_has_the_documented_files(content):
    rules = "usr/share/warder/monitoring/warder.rules.yml"
    for path in ("usr/bin/warder", "etc/warder/warder.toml", "usr/share/warder/sbom.spdx.json", "usr/share/doc/warder/copyright", "usr/share/warder/presets/bitcoin-core.toml", rules):
        assert (content / path).is_file(), path
    assert len(list(content.glob("**/systemd/system/warder.service"))) == 1


def test_configuration_sets_only_the_data_directory(content):
    kept = [line for line in (content / "etc/warder/warder.toml").read_text().splitlines() if line and not line.startswith(("#", "["))]
    assert [line.split("#")[0].strip() for line in kept] == ['data_dir = "/var/lib/warder"']


def test_program_contains_no_directory_of_its_build(content):
    program = (content / "usr/bin/warder").read_bytes()
    for directory in BUILT_IN or [str(Path(__file__).resolve().parents[2])]:
        assert directory.encode() not in program


def test_sbom_lists_every_shared_library_and_what_is_linked_statically(content):
    sbom = json.loads((content / "usr/share/warder/sbom.spdx.json").read_text())
    assert sbom["spdxVersion"] == "SPDX-2.3"
    names = {part["SPDXID"]: part["name"] for part in sbom["packages"]}
    linked = {kind: {names[entry["relatedSpdxElement"]] for entry in sbom["relationships"] if entry["relationshipType"] == kind} for kind in ("STATIC_LINK", "DYNAMIC_LINK")}
    depends = subprocess.run(["dpkg-deb", "--field", package("warder"), "Depends"], capture_output=True, text=True, check=True).stdout
    assert linked["DYNAMIC_LINK"] == {re.split(r"[ (]", part.strip())[0] for part in depends.split(",")} - {"adduser"}
    for part in ("libsodium", "libboost-json", "libspdlog", "libfmt", "libcli11", "libtomlplusplus"):
        assert any(name.startswith(part) for name in linked["STATIC_LINK"]), part
    assert all(part["versionInfo"] and re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", part["SPDXID"]) for part in sbom["packages"])
    assert len(names) == len(sbom["packages"])


def installed_in_pristine_root(field):
    found = subprocess.run(["dpkg-query", f"--admindir={PRISTINE_ROOT}/var/lib/dpkg", "--show", f"--showformat=${{Package}} ${{{field}}}\n"], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in found.stdout.splitlines())


def test_sbom_names_the_libraries_of_the_packages_own_release_and_architecture(content):
    """The C library is in every root. Its versions differ between releases, and an update changes only the end."""
    sbom = json.loads((content / "usr/share/warder/sbom.spdx.json").read_text())
    dynamic = {entry["relatedSpdxElement"] for entry in sbom["relationships"] if entry["relationshipType"] == "DYNAMIC_LINK"}
    parts = [part for part in sbom["packages"] if part["SPDXID"] in dynamic]
    assert {part["externalRefs"][0]["referenceLocator"].split("?arch=")[1] for part in parts} == {architecture()}
    (libc,) = [part["versionInfo"] for part in parts if part["name"] == "libc6"]
    assert libc.split("-")[0] == installed_in_pristine_root("Version")["libc6"].split("-")[0]


def test_program_is_for_the_architecture_of_its_package(content):
    machine = re.search(r"Machine: +(.*)", subprocess.run(["readelf", "--file-header", content / "usr/bin/warder"], capture_output=True, text=True, check=True).stdout)[1]
    assert machine == {"amd64": "Advanced Micro Devices X86-64", "arm64": "AArch64"}[architecture()]


def test_manual_pages_and_completions_were_written(content):
    for path in ("usr/share/man/man1/warder.1.gz", "usr/share/man/man5/warder.toml.5.gz", "usr/share/bash-completion/completions/warder",
                 "usr/share/zsh/vendor-completions/_warder", "usr/share/fish/vendor_completions.d/warder.fish"):
        assert (content / path).stat().st_size > 1000, path


def test_build_in_another_directory_results_in_identical_packages():
    built = sorted(PACKAGES.glob("*.deb"))
    assert len(built) == 2
    assert [path.name for path in built] == sorted(path.name for path in REBUILT.glob("*.deb"))
    for path in built:
        assert path.read_bytes() == (REBUILT / path.name).read_bytes(), path.name
