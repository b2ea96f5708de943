# SPDX-License-Identifier: MIT
"""`warder duration` compared with pytimeparse, whose results it promises."""

import functools
import operator
import random

import pytest
from pytimeparse import timeparse
from support.server import run_binary

# Since Python 3.12, sum() compensates for rounding errors. Warder promises the values of plain additions.
timeparse.sum = lambda values: functools.reduce(operator.add, values, 0)
UNITS = "w wk week weeks d day days h hr hrs hour hours m min mins minute minutes s sec secs second seconds".split()


def durations(texts):
    result = run_binary("duration", "--", *texts)
    return result.stdout.splitlines(), result.returncode


def test_documented_durations_are_parsed_to_their_seconds():
    texts = ["6 minutes", "1.2 minutes", "1h30m", "2 days, 4:13:02", ":22", "1:24", "5:10:11:12", "1w2d", "1.005 minutes", "3 months", "1y2mo"]
    assert durations(texts) == (["360", "72", "5400", "187982", "22", "84", "468672", "777600", "60", "7776000", "36720000"], 0)
    assert durations(["P3M", "PT15M", "P1Y2M10DT2H30M", "P2W", "p2w"]) == (["7776000", "900", "37593000", "1209600", "1209600"], 0)
    assert durations(["1.5 s"]) == (["1.5"], 0)
    assert durations(["-0 s", "- 1 minute"]) == (["0", "-60"], 0)


def test_invalid_duration_is_reported_and_the_others_are_still_printed():
    assert durations(["6 fortnights", "1 h", ""]) == (["invalid", "3600", "invalid"], 1)


def generated(seed, count):
    """Generates random texts, valid and almost valid."""
    rng = random.Random(seed)

    def number():
        return rng.choice([str(rng.randrange(100)), f"{rng.randrange(100)}.{rng.randrange(1000)}", f".{rng.randrange(10)}", f"{rng.randrange(60):02}"])

    def text():
        if rng.random() < 0.3:
            clock = ":".join(f"{rng.randrange(100):0{rng.randrange(1, 3)}}" for _ in range(rng.randrange(1, 5)))
            return rng.choice(["", "", "+", "-", "2 days, ", "1w ", "3d"]) + rng.choice(["", ":"]) * (rng.random() < 0.3) + clock + rng.choice(["", "", ".5", ".25"])
        units = rng.choices(UNITS, k=rng.randrange(1, 4))
        if rng.random() < 0.7:
            units.sort(key=lambda unit: "wdhms".index(unit[0]))
        return rng.choice(["", "", "", "-", "+", "- "]) + rng.choice(["", " ", ", "]).join(f"{number()}{rng.choice(['', ' '])}{unit}" for unit in units)

    return [rng.choice([str, str.upper, str.title])(text()) + rng.choice(["", "", "", " ", "x"]) for _ in range(count)]


@pytest.mark.parametrize("seed", range(8))
def test_generated_durations_have_the_values_of_pytimeparse(seed):
    texts = generated(seed, 500)
    lines, _ = durations(texts)
    assert len(lines) == len(texts)
    readable = 0
    for text, line in zip(texts, lines):
        try:
            expected = timeparse.timeparse(text)
        except Exception:  # a text that makes pytimeparse raise is invalid
            expected = None
        # The texts contain none of the forms that Warder adds to those of pytimeparse.
        if expected is None:
            assert line == "invalid", (text, line)
        else:
            assert line != "invalid" and float(line) == expected, (text, line, expected)
            readable += 1
    assert len(texts) // 10 < readable < len(texts), readable
