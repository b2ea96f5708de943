# SPDX-License-Identifier: MIT
"""Adds up the reports, ctest's and pytest's: count_tests.py FAILED REPORT...; FAILED is what failed without leaving one."""

import os
import sys
import xml.etree.ElementTree as tree

passed = skipped = 0
failed = int(sys.argv[1])
for path in filter(os.path.exists, sys.argv[2:]):
    for suite in tree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        left_out = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
        passed += int(suite.get("tests", 0)) - bad - left_out
        failed += bad
        skipped += left_out
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
