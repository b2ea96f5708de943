# SPDX-License-Identifier: MIT
"""Adds up the reports of ctest and pytest: count_tests.py FAILED REPORT...

FAILED is the number of failures that left no report. Each failed test is printed with the end of its
output, so that the last lines of a long log say what broke.
"""

import os
import sys
import xml.etree.ElementTree as tree

LINES_OF_A_FAILURE = 40


def print_failures(suite):
    for case in suite.iter("testcase"):
        problems = case.findall("failure") + case.findall("error")
        if not problems:
            continue
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        print(f"FAILED {suite.get('name')}: {name}")
        for problem in problems:
            text = problem.text or case.findtext("system-out") or problem.get("message") or ""
            print("\n".join("    " + line for line in text.splitlines()[-LINES_OF_A_FAILURE:]))


passed = skipped = 0
failed = int(sys.argv[1])
for path in filter(os.path.exists, sys.argv[2:]):
    for suite in tree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        left_out = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
        passed += int(suite.get("tests", 0)) - bad - left_out
        failed += bad
        skipped += left_out
        print_failures(suite)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
