# SPDX-License-Identifier: MIT
import pytest

from support.ui_client import UiClient


@pytest.fixture
def open_page(request):
    """Opens a page of the web UI: signed in if a person is given, and of the server `warder` unless another one is given."""

    def make(person=None, server=None, **headers):
        page = UiClient(server or request.getfixturevalue("warder"), **headers)
        if person is not None:
            page.sign_in(person.name, person.password)
        return page

    return make


@pytest.fixture
def page(open_page, alice):
    """A page on which alice is signed in."""
    return open_page(alice)
