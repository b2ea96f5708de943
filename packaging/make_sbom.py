#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the SBOM of the program, as SPDX 2.3 in JSON: the Debian packages of every header that its objects include, of
every archive that it links, and of every shared library that it needs. All of that is read from the build itself.

make_sbom.py BUILD VERSION ARCHITECTURE; SOURCE_DATE_EPOCH is the time of creation."""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

STATIC, DYNAMIC = "STATIC_LINK", "DYNAMIC_LINK"


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def included_headers(build):
    """Returns the headers outside of the project that the objects of the program include."""
    headers, of_program = set(), False
    for line in output("ninja", "-C", build, "-t", "deps").splitlines():
        if not line.startswith(" "):
            of_program = line.startswith("src/")
        elif of_program and line.strip().startswith("/usr/"):
            headers.add(line.strip())
    return headers


def linked_archives(build):
    """Returns the archives outside of the project on the link lines."""
    command = output("ninja", "-C", build, "-t", "commands", "warder").splitlines()[-1]
    return set(re.findall(r"(/usr/\S+\.a)\b", command))


def shared_libraries(build, multiarch):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", "--wide", f"{build}/warder"))
    return {str(directory / name) for name in needed for directory in map(Path, (f"/usr/lib/{multiarch}", f"/lib/{multiarch}")) if (directory / name).exists()}


def owners(files, architecture):
    """Returns the Debian packages that own the files. Of those that exist for several architectures and share files, only
    those for this one are linked."""
    # Files may be known by the path before or after the merge of / and /usr.
    paths = {path for file in files for real in (str(Path(file)), os.path.realpath(file)) for path in (real, real.removeprefix("/usr"))}
    found = subprocess.run(["dpkg-query", "--search", *sorted(paths)], capture_output=True, text=True, check=False).stdout
    names = {name.strip() for line in found.splitlines() if not line.startswith("diversion") for name in line.rsplit(": ", 1)[0].split(",")}
    return {name for name in names if name.partition(":")[2] in ("", architecture)}


def describe(package, link):
    name, version, architecture, source, homepage = output(
        "dpkg-query", "--show", "--showformat=${Package}\n${Version}\n${Architecture}\n${source:Package}\n${Homepage}\n", package
    ).splitlines()
    return link, {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "sourceInfo": f"built from the source package {source}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **({"homepage": homepage} if homepage else {}),
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"}
        ],
    }


def make_sbom(build, version, architecture):
    multiarch = output("dpkg-architecture", f"-a{architecture}", "-qDEB_HOST_MULTIARCH").strip()
    static = owners(included_headers(build) | linked_archives(build), architecture)
    dynamic = owners(shared_libraries(build, multiarch), architecture)
    assert static and dynamic, (static, dynamic)
    parts = [describe(package, STATIC) for package in sorted(static)] + [describe(package, DYNAMIC) for package in sorted(dynamic - static)]
    program = {
        "SPDXID": "SPDXRef-warder",
        "name": "warder",
        "versionInfo": version,
        "supplier": "Organization: The Warder authors",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "copyrightText": "2026 The Warder authors",
        "primaryPackagePurpose": "APPLICATION",
    }
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    sbom = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"warder-{version}-{architecture}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: warder-make_sbom"]},
        "packages": [program, *(part for _, part in parts)],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-warder"}]
        + [{"spdxElementId": "SPDXRef-warder", "relationshipType": link, "relatedSpdxElement": part["SPDXID"]} for link, part in parts],
    }
    digest = hashlib.sha256(json.dumps(sbom, sort_keys=True).encode()).hexdigest()
    sbom["documentNamespace"] = f"https://spdx.org/spdxdocs/warder-{version}-{digest[:32]}"
    return sbom


if __name__ == "__main__":
    print(json.dumps(make_sbom(*sys.argv[1:4]), indent=1))
