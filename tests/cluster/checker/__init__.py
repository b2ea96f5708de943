# SPDX-License-Identifier: MIT
"""Checks what several nodes promise while the database, the network between and the nodes fail."""
