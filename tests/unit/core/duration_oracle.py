#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints texts and what pytimeparse makes of them: the text in hex, a tab, then its value, `none`, or `raise`."""
import functools
import operator
import random
import sys

from pytimeparse import parse, timeparse

# Since Python 3.12, sum() compensates for rounding errors. Warder promises the values of plain additions.
timeparse.sum = lambda values: functools.reduce(operator.add, values, 0)

NUMBERS = ["0", "1", "2", "05", "12", "90", "1.2", "1.005", ".5", "3.", "0.25", "1.2.3", "..", "1234567", "1.999999"]
WORDS = ["w", "wk", "wks", "week", "weeks", "d", "dy", "dys", "day", "days", "h", "hr", "hrs", "hour", "hours", "m", "min", "mins", "minute", "minutes",
         "s", "sec", "secs", "second", "seconds", "Weeks", "DAYS", "fortnights", "x"]
SPACES = ["", "", " ", "  ", "\t", "\n", "\x1c", "\r"]
SEPARATORS = ["", "", ",", "/", ", ", " , ", ",,"]
CLOCKS = [":22", ":2", "1:24", "12:34.5", "123:45", "4:13:02", "4:13:02.25", "5:10:11:12", "5:10:11:12.5", "1:2:3", ":22.", "00:00"]
SIGNS = ["", "", "", "", "+", "-", "|", "- ", "+ ", "--"]


def make(random_source):
    one_of = random_source.choice
    text = one_of(SPACES) + one_of(SIGNS) + one_of(SPACES)
    form = random_source.random()
    if form < 0.75:
        words = sorted(random_source.sample(range(len(WORDS)), random_source.randint(1, 4))) if random_source.random() < 0.8 else [
            random_source.randrange(len(WORDS)) for _ in range(random_source.randint(1, 4))]
        for word in words:
            text += one_of(NUMBERS) + one_of(SPACES) + WORDS[word] + one_of(SPACES) + one_of(SEPARATORS) + one_of(SPACES)
    if form > 0.65:
        text += one_of(CLOCKS)
    text += one_of(SPACES)
    if random_source.random() < 0.15 and text:
        at = random_source.randrange(len(text))
        text = text[:at] + one_of("0123456789.:,/ -+dhmsw\n") + text[at + random_source.randint(0, 1):]
    return text


def value_of(text):
    try:
        value = parse(text)
    except Exception:  # whatever it raises means that it can't read the text
        return "raise"
    if value is None:
        return "none"
    return repr(float(value))


def main():
    random_source = random.Random(int(sys.argv[2]))
    for _ in range(int(sys.argv[1])):
        text = make(random_source)
        print(text.encode().hex(), value_of(text), sep="\t")


main()
