# SPDX-License-Identifier: MIT
import pytest

from support.visitor import Visitor


@pytest.fixture
def open_page(request):
    """Opens pages of the web UI; with a person, they are signed in there. Without a server it is the plain one."""

    def make(person=None, server=None, **headers):
        page = Visitor(server or request.getfixturevalue("warder"), **headers)
        if person is not None:
            page.sign_in(person.name, person.password)
        return page

    return make


@pytest.fixture
def page(open_page, alice):
    """Alice is signed in."""
    return open_page(alice)
