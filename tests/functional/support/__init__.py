# SPDX-License-Identifier: MIT
"""Helpers of the functional tests: servers, clients, upstreams, and other programs."""
