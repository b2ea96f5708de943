# SPDX-License-Identifier: MIT
"""The pages of the documentation: README.md and the other pages at the top, and everything below docs/."""

import re
from pathlib import Path

from .server import TOP

PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])


def name_of(page):
    return str(page.relative_to(TOP))


def without_code(text):
    """Returns the text without code blocks and inline code, which may contain what looks like a link or a heading."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors_of(page):
    """Returns the anchors that GitHub makes of the headings of a page."""
    anchors = []
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        earlier = anchors.count(anchor)
        anchors.append(f"{anchor}-{earlier}" if earlier else anchor)
    return anchors


def links_of(page):
    """Returns the targets of the links and pictures of a page, without those to other sites."""
    text = without_code(page.read_text())
    targets = re.findall(r"\]\(\s*([^)\s]+)\s*\)", text) + re.findall(r"(?:src|srcset|href)=\"([^\"]+)\"", text)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def target_of(page, link):
    """Returns the file and the anchor that a link of a page points to."""
    path, _, anchor = link.partition("#")
    return Path(page.parent / path).resolve() if path else page, anchor
