"""Every form of the product, with something typed into each of its fields: refused, it shows all of it again.

The forms are those that the walk over every page finds (tests/browser/every_page.py); each is sent once. One that takes
whatever was typed has its first field emptied. What cannot be refused is named, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.db import transaction

from tests.browser.every_page import visits
from tests.browser.house import build_house, sessions
from tests.browser.typing import Form, forms_of, type_into

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.conf import LazySettings
    from django.test import Client

    from tests.browser.every_page import Visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]

# Taken whatever is chosen in them, since nothing is typed and every choice is one that may be made.
ALWAYS_TAKEN = {"manage", "settings/rotate", "settings/team/role", "locks/moods"}
# What is typed at a keypad is kept nowhere.
NEVER_SHOWN = {"pin"}


def shape_of(form: Form, page: str) -> tuple[str, ...]:
    """The same form with another object in its address is the same form."""
    address = urlsplit(form.action or page).path
    parts = [part for part in address.split("/") if part and "-" not in part and not part.isdecimal()]
    return ("/".join(parts), *sorted({one.name for one in form.typed}))


def pages_with_forms(
    clients: dict[str, Client], all_visits: list[Visit], settings: LazySettings
) -> Iterator[tuple[Visit, Form]]:
    seen = set()
    for visit in all_visits:
        if (
            visit.sent is not None
            or visit.made_of
            or visit.status != 200
            or visit.name.startswith(("admin:", "styleguide"))
        ):
            continue
        page = clients[visit.who].get(visit.address, follow=True)
        for form in forms_of(page.content.decode()):
            if form.typed and shape_of(form, visit.address) not in seen:
                seen.add(shape_of(form, visit.address))
                yield visit, form


def send(client: Client, visit: Visit, form: Form) -> Form | None:
    """Return the same form as the answer shows it; None where it was taken, of which nothing is left."""
    address = form.action or visit.address
    with transaction.atomic():
        answer = client.post(address, form.sent(), follow=True)
        transaction.set_rollback(True)
    names = {one.name for one in form.typed}
    again = [
        one
        for one in forms_of(answer.content.decode())
        if names <= {each.name for each in one.fields}
        and urlsplit(one.action or address).path == urlsplit(address).path
    ]
    refused = (
        answer.status_code == 422
        or 'class="error-summary' in answer.content.decode()
        or 'data-tone="error"' in answer.content.decode()
    )
    return again[0] if again and refused else None


def empty_first(form: Form) -> None:
    first = form.typed[0]
    for one in form.typed:
        if one.name == first.name:
            one.checked, one.value = False, one.value if one.kind in ("checkbox", "radio") else ""
            one.options = [(value, value == "") for value, _ in one.options]


def lost(sent: Form, shown: Form) -> list[str]:
    told = shown.sent()
    return [
        f"{one.name} ({one.kind}): sent {values}, shown {told.get(one.name, [])}"
        for one in sent.typed
        for values in [sent.sent().get(one.name, [])]
        if told.get(one.name, []) != values and one.name not in NEVER_SHOWN
    ]


def test_no_form_loses_what_was_typed_when_it_is_refused(settings: LazySettings) -> None:
    house = build_house()
    clients = sessions(house)
    wrong, taken, judged = [], set(), 0
    for visit, form in pages_with_forms(clients, visits(house), settings):
        type_into(form, wrong=True)
        shown = send(clients[visit.who], visit, form)
        if shown is None:
            empty_first(form)
            shown = send(clients[visit.who], visit, form)
        if shown is None:
            taken.add("/".join(shape_of(form, visit.address)[:1]))
            continue
        judged += 1
        wrong += [f"{visit}, {form.action or visit.address}: {one}" for one in lost(form, shown)]
    assert wrong == [], "\n".join(wrong)
    assert taken == ALWAYS_TAKEN
    assert judged > 30
