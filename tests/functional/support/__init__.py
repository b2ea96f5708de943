# SPDX-License-Identifier: MIT
"""What the tests talk to the real binary with."""
