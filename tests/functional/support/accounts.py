# SPDX-License-Identifier: MIT
"""The account that runs the tests, as it is named in the audit log."""

import os
import pwd

LOCAL = f"local:{pwd.getpwuid(os.getuid()).pw_name}"
