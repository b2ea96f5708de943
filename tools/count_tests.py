# SPDX-License-Identifier: MIT
"""Adds up the reports of GoogleTest and pytest: count_tests.py FAILED REPORT...

FAILED is the number of failures that left no report. Each failed test is printed with the end of its
output, so that the last lines of a long log say what broke. If there is a report NAME-again.xml, its
tests are those that failed in NAME.xml; those that passed there count as passed.
"""

import os
import sys
import xml.etree.ElementTree as tree

LINES_OF_A_FAILURE = 40


def name_of(case):
    return "::".join(part for part in (case.get("classname"), case.get("name")) if part)


def problems_of(case):
    return case.findall("failure") + case.findall("error")


def read(path):
    """The suites of a report, each with its failed tests by name."""
    for suite in tree.parse(path).getroot().iter("testsuite"):
        yield suite, {name_of(case): case for case in suite.iter("testcase") if problems_of(case)}


def print_problems(case):
    for problem in problems_of(case):
        text = problem.text or case.findtext("system-out") or problem.get("message") or ""
        print("\n".join("    " + line for line in text.splitlines()[-LINES_OF_A_FAILURE:]))


def count(suite, names):
    return sum(int(suite.get(name, 0)) for name in names)


passed = skipped = 0
failed = int(sys.argv[1])
for path in sorted(filter(os.path.exists, sys.argv[2:])):
    if path.endswith("-again.xml"):
        continue
    again = path.removesuffix(".xml") + "-again.xml"
    passed_again = set()
    if os.path.exists(again):
        for suite, cases in read(again):
            passed_again |= {name_of(case) for case in suite.iter("testcase")} - set(cases)
    for suite, cases in read(path):
        bad = count(suite, ("failures", "errors"))
        left_out = count(suite, ("skipped", "disabled"))
        passed += count(suite, ("tests",)) - bad - left_out
        skipped += left_out
        failed += bad
        for name, case in cases.items():
            if name in passed_again:
                passed += 1
                failed -= len(problems_of(case))
                print(f"FAILED ONCE, passed when it ran alone: {suite.get('name')}: {name}")
            else:
                print(f"FAILED {suite.get('name')}: {name}")
            print_problems(case)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
