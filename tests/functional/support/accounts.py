# SPDX-License-Identifier: MIT
"""Who runs the tests, as the audit log calls them."""

import os
import pwd

LOCAL = f"local:{pwd.getpwuid(os.getuid()).pw_name}"
