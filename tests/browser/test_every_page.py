"""The list of every page is what it says: each visit ends at a page, and what is named as something else is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string

from tests.browser.every_page import ELSEWHERE, NOT_PAGES, PART, SENT, visits
from tests.browser.house import House, build_house, sessions
from tests.routes import ROUTES, arguments_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.browser.every_page import Visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]


@pytest.fixture
def house(transactional_db: None) -> House:
    return build_house()


def look(clients: dict[str, Client], visit: Visit, settings: Any) -> Any:
    settings.DEBUG = visit.needs_debug
    if visit.made_of:
        return HttpResponse(render_to_string(visit.made_of))
    client = clients[visit.who]
    if visit.sent is None:
        return client.get(visit.address, follow=visit.name == "account_reset_password_from_key")
    # A browser sends no form without its token, and one without anything is none to Django.
    return client.post(visit.address, {"csrfmiddlewaretoken": "x", **visit.sent}, follow=True)


def test_every_visit_ends_at_a_page(house: House, settings: Any) -> None:
    clients = sessions(house)
    wrong = []
    for visit in visits(house):
        answer = look(clients, visit, settings)
        if answer.status_code != visit.status or "<html" not in answer.content.decode():
            wrong.append(f"{visit}: {answer.status_code} {answer.headers.get('Location', '')}")
    assert wrong == [], "\n".join(wrong)


def test_what_is_named_as_something_else_is_no_page(house: House) -> None:
    client = sessions(house)["owner"]
    named = {route.name: route for route in ROUTES if route.name in NOT_PAGES}
    assert set(NOT_PAGES) - set(named) == set()
    for name, route in named.items():
        answer = client.get(route.address(arguments_of(route, house.world)))
        told = {SENT: {405}, PART: {200, 302}, ELSEWHERE: {302}}.get(NOT_PAGES[name])
        assert told is None or answer.status_code in told, name
        assert answer.streaming or answer.status_code == 404 or "<html" not in answer.content.decode(), name
