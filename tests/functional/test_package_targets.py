# SPDX-License-Identifier: MIT
"""The arguments of ./dev package and ./dev image, before anything is built. tests/packages tests the packages."""

import subprocess

import pytest

from support.server import TOP


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["package", "riscv64"], 'there are no packages for the architecture "riscv64": choose amd64 arm64'),
        (["package", "amd64", "sid"], 'there are no packages for the release "sid": choose bookworm trixie'),
        (["package", "bookworm"], 'there are no packages for the architecture "bookworm": choose amd64 arm64'),
        (["package", "amd64", "trixie", "more"], "package takes an architecture and a release"),
        (["image", "i386"], 'there are no packages for the architecture "i386": choose amd64 arm64'),
        (["image", "arm64", "trixie"], "image takes an architecture"),
    ],
)
def test_target_without_packages_is_refused_with_those_that_exist(arguments, message):
    result = subprocess.run([TOP / "dev", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"./dev: {message}\n")
