"""As many as one request takes: each with its own result, quick, and in few statements."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from access.models import AccessCode, Event, GuestPass
from properties.models import Stay, StayChange, Unit, Workspace
from tests.factories import make_property, make_unit, virtual_door

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
ADDRESS = "/api/v1/reservations/bulk"
THOUSAND = 1000
# Of all statements, for each row: a lot of 250 takes some thirty, whatever is in it.
STATEMENTS_EACH = 0.2


@pytest.fixture
def units(workspace: Workspace) -> list[Unit]:
    """Each flat with its own door, and the door of its house."""
    units = []
    for _ in range(5):
        house = make_property(workspace, time_zone="Europe/Zurich")
        virtual_door(house)
        units += [make_unit(house) for _ in range(4)]
    for unit in units:
        virtual_door(unit)
    return units


def items(
    units: list[Unit], number: int = THOUSAND, *, nights: int = 3, first: int = 0
) -> list[dict[str, Any]]:
    made = []
    for n in range(first, first + number):
        start = dt.date(2031, 1, 1) + dt.timedelta(days=7 * (n // len(units)))
        made.append(
            {
                "source": "pms",
                "external_id": f"R-{n}",
                "unit": str(units[n % len(units)].public_id),
                "arrival_date": str(start),
                "departure_date": str(start + dt.timedelta(days=nights)),
                "guest": {"name": f"Guest {n}"},
            }
        )
    return made


def send(api: APIClient, sent: list[dict[str, Any]], **headers: str) -> tuple[dict[str, Any], int]:
    """The answer, and how many statements it took, what is declared after the commit included."""
    asked = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        answer = api.post(ADDRESS, {"reservations": sent}, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return dict(answer.json()), len(asked)


def results(answer: dict[str, Any]) -> list[tuple[int, str, int, str | None]]:
    return [(one["index"], one["external_id"], one["status"], one["outcome"]) for one in answer["results"]]


def test_thousand_are_made_left_and_changed_each_with_its_own_result(
    api: APIClient, units: list[Unit]
) -> None:
    new, of_new = send(api, items(units))
    assert results(new) == [(n, f"R-{n}", 201, "created") for n in range(THOUSAND)]
    assert (new["succeeded"], new["failed"]) == (THOUSAND, 0)
    pins = {code.pk: code.pin for code in AccessCode.objects.all()}
    assert (len(pins), GuestPass.objects.count()) == (2 * THOUSAND, THOUSAND)

    same, of_same = send(api, items(units))
    assert results(same) == [(n, f"R-{n}", 200, "unchanged") for n in range(THOUSAND)]
    assert StayChange.objects.count() == THOUSAND
    assert not Event.objects.filter(type="access_code.changed").exists()

    longer, of_longer = send(api, items(units, nights=4))
    assert results(longer) == [(n, f"R-{n}", 200, "changed") for n in range(THOUSAND)]
    assert {code.pk: code.pin for code in AccessCode.objects.all()} == pins
    for code in AccessCode.objects.select_related("grant__stay")[:: THOUSAND // 10]:
        assert code.grant is not None
        stay = code.grant.stay
        assert stay is not None
        assert (code.starts_at, code.ends_at) == (stay.starts_at, stay.ends_at)
        assert (stay.departure_date, stay.revision) == (stay.arrival_date + dt.timedelta(days=4), 2)
    assert Event.objects.filter(type="access_code.changed").count() == 2 * THOUSAND
    assert not Stay.objects.exclude(acknowledged_revision=2).exists()
    shown = longer["results"][-1]["reservation"]
    assert {door["active_to"] for door in shown["access"]["doors"]} == {shown["ends_at"]}
    assert max(of_new, of_longer) < STATEMENTS_EACH * THOUSAND
    assert of_same < STATEMENTS_EACH * THOUSAND / 2


def test_wrong_ones_among_a_thousand_spoil_no_other_and_keep_their_place(
    api: APIClient, units: list[Unit]
) -> None:
    foreign = make_unit()
    send(api, items(units, 400))
    sent = items(units, nights=5)
    for n in range(0, THOUSAND, 10):
        sent[n]["departure_date"] = sent[n]["arrival_date"]
    for n in range(5, THOUSAND, 10):
        sent[n]["unit"] = str(foreign.public_id)
    answer, _ = send(api, sent)
    assert (answer["succeeded"], answer["failed"]) == (800, 200)
    for n, (index, name, status, outcome) in enumerate(results(answer)):
        expected = (422, None) if n % 5 == 0 else (200, "changed") if n < 400 else (201, "created")
        assert (index, name, status, outcome) == (n, f"R-{n}", *expected)
        error = answer["results"][n]["error"]
        assert list(error["fields"] if error else []) == (
            [] if n % 5 else ["unit"] if n % 10 else ["departure_date"]
        )
    # Sent again, the good ones say nothing new, and the bad ones are still bad.
    again, _ = send(api, sent)
    assert [status for _, _, status, _ in results(again)] == [
        422 if n % 5 == 0 else 200 for n in range(THOUSAND)
    ]
    assert {outcome for _, _, _, outcome in results(again)} == {None, "unchanged"}
    assert Stay.objects.count() == 880


def test_thousand_sent_again_with_their_key_are_answered_as_before(api: APIClient, units: list[Unit]) -> None:
    first, _ = send(api, items(units), **{"Idempotency-Key": "all of it"})
    again, statements = send(api, items(units), **{"Idempotency-Key": "all of it"})
    assert again == first
    assert statements < 10
    assert Stay.objects.count() == StayChange.objects.count() == THOUSAND


def test_four_times_as_many_take_at_most_four_times_the_statements(api: APIClient, units: list[Unit]) -> None:
    send(api, items(units, 1))
    _, few_new = send(api, items(units, 250, first=1000))
    _, many_new = send(api, items(units, THOUSAND, first=2000))
    _, few_longer = send(api, items(units, 250, first=1000, nights=4))
    _, many_longer = send(api, items(units, THOUSAND, first=2000, nights=4))
    assert many_new <= 4 * few_new
    assert many_longer <= 4 * few_longer
