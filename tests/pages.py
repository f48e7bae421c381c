"""Parts of every test of a page: signing in, and looking at what came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.test import Client

from properties.enums import Role
from tests.factories import make_member

if TYPE_CHECKING:
    from properties.models import User, Workspace

HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff_of(workspace: Workspace) -> Client:
    return signed_in(make_member(workspace, Role.STAFF))


def text_of(answer: Any) -> str:
    """The page's words, without tags and with single spaces."""
    without = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(without.split())


def version_in(answer: Any) -> str:
    found = re.search(r"\?v=([^\"]+)\"", answer.content.decode())
    assert found is not None
    return found[1]


def assert_is_page(answer: Any, status: int = 200) -> None:
    """One heading, a language, a title that begins with its subject, and no id twice."""
    assert answer.status_code == status
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert '<html lang="en"' in html
    assert re.search(r"<title>\s*\S[^<]*· Keyturn</title>", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(set(ids)) == sorted(ids)
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*src=)|\son\w+=\"", html)
