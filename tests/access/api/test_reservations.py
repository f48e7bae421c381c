from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from properties.booking import cancel_stay, change_unit_rules, override_times
from properties.enums import CancelReason, StayKind, StayStatus
from properties.models import Stay, StayChange, Unit, Workspace
from tests.factories import make_property, make_unit

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reservations/pms/R-1"


def test_put_creates_and_says_everything(api: APIClient, unit: Unit, body: dict[str, Any]) -> None:
    answer = api.put(ADDRESS, body)

    stay = Stay.objects.get()
    assert answer.status_code == 201
    shown = answer.json()
    assert shown.pop("created_at") <= shown.pop("updated_at")
    assert shown == {
        "id": str(stay.public_id),
        "source": "pms",
        "external_id": "R-1",
        "property": str(unit.property.public_id),
        "property_name": "House",
        "unit": str(unit.public_id),
        "unit_name": "Flat 1",
        "kind": "guest",
        "status": "confirmed",
        "cancel_reason": None,
        "cancelled_at": None,
        "timezone": "Europe/Zurich",
        "arrival_date": "2031-03-05",
        "departure_date": "2031-03-09",
        "check_in_time": None,
        "check_out_time": None,
        "override_check_in_time": None,
        "override_check_out_time": None,
        "effective_check_in_at": "2031-03-05T14:00:00Z",
        "effective_check_in_time": "15:00:00",
        "effective_check_out_at": "2031-03-09T10:00:00Z",
        "effective_check_out_time": "11:00:00",
        "starts_at": "2031-03-05T13:30:00Z",
        "ends_at": "2031-03-09T10:15:00Z",
        "guest": {
            "name": "Imogen Varga", "email": "imogen@example.org", "phone": "", "phone_last4": "", "language": "",
        },
        "adults": None,
        "channel": "generic",
        "channel_reference": "",
        "source_updated_at": None,
        "notes": "",
        "hold_access": False,
        "metadata": {},
        "access": {
            "state": "held",
            "label": shown["access"]["label"],
            "reason": "No lock opens this unit yet. Add a door to it.",
            "note": None,
            "doors": [],
        },
        "outcome": "created",
        "notices": [],
    }  # fmt: skip
    assert StayChange.objects.get().actor == "API key Front desk"


def test_put_changes_what_it_sends_and_keeps_the_rest(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body | {"notes": "late train", "check_in_time": 16, "adults": 2})
    answer = api.put(ADDRESS, {"departure_date": "2031-03-10", "guest": {"phone": "+41 44 668 18 00"}})

    shown = answer.json()
    assert (answer.status_code, shown["outcome"]) == (200, "changed")
    assert (shown["departure_date"], shown["check_in_time"], shown["notes"], shown["adults"]) == (
        "2031-03-10", "16:00:00", "late train", 2,
    )  # fmt: skip
    assert (shown["guest"]["name"], shown["guest"]["phone_last4"]) == ("Imogen Varga", "1800")


def test_answer_sent_back_whole_changes_nothing(api: APIClient, body: dict[str, Any]) -> None:
    first = api.put(
        ADDRESS,
        body | {"check_in_time": "16:00", "channel": "airbnb", "source_updated_at": "2031-01-01T00:00:00Z"},
    )
    again = api.put(ADDRESS, first.json())
    got = api.put(ADDRESS, api.get(ADDRESS).json())

    assert (again.status_code, again.json()["outcome"], again.json()["notices"]) == (200, "unchanged", [])
    assert (got.json()["outcome"], got.json()["starts_at"]) == ("unchanged", first.json()["starts_at"])
    assert Stay.objects.get().revision == 1


def test_older_update_is_ignored_and_said_so(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body | {"source_updated_at": "2031-01-02T00:00:00Z"})
    late = api.put(
        ADDRESS, {"departure_date": "2031-03-20", "source_updated_at": "2031-01-01T23:59:59+00:00"}
    )
    assert (late.status_code, late.json()["outcome"]) == (200, "ignored_older")
    assert late.json()["departure_date"] == "2031-03-09"


def test_unknown_status_is_tentative_and_said_so(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.put(ADDRESS, body | {"status": "guest_verified", "door_colour": "red"})
    assert (answer.status_code, answer.json()["status"]) == (201, "tentative")
    assert [one.split(":")[0] for one in answer.json()["notices"]] == [
        "status",
        "Not known here and left out",
    ]


def test_status_null_is_tentative(api: APIClient, body: dict[str, Any]) -> None:
    assert api.put(ADDRESS, body | {"status": None}).json()["status"] == "tentative"


def test_owner_stay_gets_its_kind(api: APIClient, body: dict[str, Any]) -> None:
    assert api.put(ADDRESS, body | {"status": "ownerStay"}).json()["kind"] == StayKind.OWNER


def test_instants_are_read_in_the_zone_of_the_property(api: APIClient, body: dict[str, Any]) -> None:
    del body["arrival_date"]
    answer = api.put(
        ADDRESS, body | {"check_in_at": "2031-03-05T22:30:00Z", "check_out_at": "2031-03-09T09:00"}
    )
    shown = answer.json()
    assert (shown["arrival_date"], shown["check_in_time"]) == ("2031-03-05", "23:30:00")
    assert (shown["departure_date"], shown["check_out_time"]) == ("2031-03-09", "09:00:00")


def test_lease_without_end(api: APIClient, body: dict[str, Any]) -> None:
    shown = api.put(ADDRESS, body | {"kind": "lease", "departure_date": None}).json()
    assert (shown["departure_date"], shown["ends_at"]) == (None, None)


def test_get_answers_what_was_put(api: APIClient, body: dict[str, Any]) -> None:
    put = api.put(ADDRESS, body).json()
    got = api.get(ADDRESS)
    assert got.status_code == 200
    assert got.json() == {name: value for name, value in put.items() if name not in {"outcome", "notices"}}


def test_delete_cancels_once(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body)
    first, second = api.delete(ADDRESS), api.delete(ADDRESS)
    stay = Stay.objects.get()
    assert (first.status_code, first.json()["outcome"], first.json()["status"]) == (
        200,
        "cancelled",
        "cancelled",
    )
    assert (second.status_code, second.json()["outcome"]) == (200, "unchanged")
    assert (stay.cancel_reason, stay.revision) == (CancelReason.EXPLICIT, 2)


def test_put_without_status_leaves_a_cancelled_one_cancelled(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body)
    api.delete(ADDRESS)
    assert api.put(ADDRESS, {"notes": "x"}).json()["status"] == "cancelled"
    assert api.put(ADDRESS, {"status": "confirmed"}).json()["outcome"] == "reinstated"


def test_put_does_not_undo_what_a_person_cancelled(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body)
    cancel_stay(
        Stay.objects.get(), reason=CancelReason.PERSON, actor="ana@example.org", now=dt.datetime.now(dt.UTC)
    )
    answer = api.put(ADDRESS, body | {"status": "confirmed"}).json()
    assert (answer["outcome"], answer["status"]) == ("kept_cancelled", "cancelled")


def test_unit_can_be_changed(api: APIClient, workspace: Workspace, body: dict[str, Any]) -> None:
    other = make_unit(make_property(workspace, time_zone="Pacific/Kiritimati"))
    api.put(ADDRESS, body)
    answer = api.put(ADDRESS, {"unit": str(other.public_id)})
    assert (answer.json()["unit"], answer.json()["timezone"]) == (str(other.public_id), "Pacific/Kiritimati")


@pytest.mark.parametrize(
    ("path", "source", "external_id"),
    [
        ("pms/R-1", "pms", "R-1"),
        ("pms/2031/03/R-1", "pms", "2031/03/R-1"),
        ("pms/2031%2F03%2FR-1", "pms", "2031/03/R-1"),
        ("pms/a%20b%3Fc%23d", "pms", "a b?c#d"),
        ("Gäste/Ünïté-旅館-🏠", "Gäste", "Ünïté-旅館-🏠"),
        ("pms/" + "x" * 255, "pms", "x" * 255),
        ("p:m.s_1/..R", "p:m.s_1", "..R"),
    ],
)
def test_address_is_taken_as_it_is(
    path: str, source: str, external_id: str, api: APIClient, body: dict[str, Any]
) -> None:
    answer = api.put(f"/api/v1/reservations/{path}", body)
    assert answer.status_code == 201
    assert (answer.json()["source"], answer.json()["external_id"]) == (source, external_id)
    assert api.get(f"/api/v1/reservations/{path}").status_code == 200
    assert Stay.objects.filter(source=source, external_id=external_id).count() == 1


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("pms/" + "x" * 256, "external_id"),
        ("s" * 81 + "/R-1", "source"),
        ("pms/R-1/", "external_id"),
        ("pms/%00", "external_id"),
        ("pms/R%091", "external_id"),
        ("pms/%20R", "external_id"),
        ("%00/R", "source"),
    ],
)
def test_address_that_cannot_be_kept_is_refused(
    path: str, field: str, api: APIClient, body: dict[str, Any]
) -> None:
    answer = api.put(f"/api/v1/reservations/{path}", body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])
    assert api.get(f"/api/v1/reservations/{path}").status_code == 404
    assert not Stay.objects.exists()


def test_body_that_names_another_address_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.put(ADDRESS, body | {"external_id": "R-2"})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["external_id"])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"unit": None}, "unit"),
        ({"unit": "flat"}, "unit"),
        ({"unit": "00000000-0000-4000-8000-000000000000"}, "unit"),
        ({"kind": "party"}, "kind"),
        ({"arrival_date": "05.03.2031"}, "arrival_date"),
        ({"arrival_date": None}, "arrival_date"),
        ({"arrival_date": "1999-12-31", "departure_date": "2000-01-01"}, "arrival_date"),
        ({"departure_date": "2031-03-05"}, "departure_date"),
        ({"departure_date": None}, "departure_date"),
        ({"check_in_time": 24}, "check_in_time"),
        ({"check_in_time": "3 pm"}, "check_in_time"),
        ({"check_in_time": {"hour": 3}}, "check_in_time"),
        ({"check_in_at": "2031-03-06T12:00:00Z"}, "check_in_at"),
        ({"check_in_at": "2031-03-05"}, "check_in_at"),
        ({"check_in_at": "0001-01-01T00:00:00+14:00"}, "check_in_at"),
        ({"check_in_at": 1930219200}, "check_in_at"),
        ({"source_updated_at": "2031-03-05T12:00:00"}, "source_updated_at"),
        ({"source_updated_at": "yesterday"}, "source_updated_at"),
        ({"guest": {"email": "no address"}}, "guest.email"),
        ({"guest": {"name": ["Ana"]}}, "guest.name"),
        ({"guest": {"name": "x" * 201}}, "guest.name"),
        ({"guest": {"name": "\u0000"}}, "guest.name"),
        ({"guest": "Imogen"}, "guest"),
        ({"guest": {"phone_last4": "12a4"}}, "guest.phone_last4"),
        ({"adults": -1}, "adults"),
        ({"adults": "many"}, "adults"),
        ({"adults": 10**30}, "adults"),
        ({"channel": 3.5, "adults": 501}, "adults"),
        ({"channel_reference": "x" * 101}, "channel_reference"),
        ({"notes": {"a": 1}}, "notes"),
    ],
    ids=str,
)
def test_bad_field_is_named_by_its_path(
    change: dict[str, Any], path: str, api: APIClient, body: dict[str, Any]
) -> None:
    answer = api.put(ADDRESS, body | change)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], list(error["fields"])) == (422, "invalid", [path])
    assert all(sentence.strip().endswith((".", "?")) for sentence in error["fields"][path])
    assert not Stay.objects.exists()


def test_all_bad_fields_are_named_at_once(api: APIClient) -> None:
    answer = api.put(ADDRESS, {"guest": {"email": []}, "adults": "x"})
    assert set(answer.json()["error"]["fields"]) == {"guest.email", "adults"}
    assert set(api.put(ADDRESS, {}).json()["error"]["fields"]) == {"unit", "arrival_date", "departure_date"}


def test_reservation_of_another_workspace_is_unknown(
    api: APIClient, body: dict[str, Any], api_of: Any, workspace: Workspace
) -> None:
    from tests.factories import make_workspace

    api.put(ADDRESS, body)
    stranger = api_of(make_workspace())
    assert stranger.get(ADDRESS).status_code == 404
    assert stranger.delete(ADDRESS).status_code == 404
    assert stranger.put(ADDRESS, body).json()["error"]["fields"].keys() == {"unit"}
    assert Stay.objects.get().status == StayStatus.CONFIRMED


def test_effective_times_are_those_that_count(api: APIClient, unit: Unit, body: dict[str, Any]) -> None:
    names = [
        "effective_check_in_at",
        "effective_check_in_time",
        "effective_check_out_at",
        "starts_at",
        "ends_at",
    ]

    def told() -> list[str | None]:
        shown = api.get(ADDRESS).json()
        return [shown[name] for name in names]

    now = timezone.now()
    api.put(ADDRESS, body | {"check_in_time": 16})
    assert told() == [
        "2031-03-05T15:00:00Z", "16:00:00", "2031-03-09T10:00:00Z", "2031-03-05T14:30:00Z", "2031-03-09T10:15:00Z",
    ]  # fmt: skip
    stay = Stay.objects.get()
    override_times(stay, check_in=dt.time(13, 30), check_out=dt.time(12), buffer_after=0, actor="x", now=now)
    assert told() == [
        "2031-03-05T12:30:00Z", "13:30:00", "2031-03-09T11:00:00Z", "2031-03-05T12:00:00Z", "2031-03-09T11:00:00Z",
    ]  # fmt: skip
    override_times(stay, check_in=None, check_out=None, buffer_after=None, actor="x", now=now)
    api.put(ADDRESS, {"check_in_time": None})
    change_unit_rules([unit], check_in_time=dt.time(17), buffer_before=60, actor="x", now=now)
    assert told()[:2] == ["2031-03-05T16:00:00Z", "17:00:00"]
    assert told()[3] == "2031-03-05T15:00:00Z"
    # A stay of the past keeps its window, whatever the rules are by now.
    Stay.objects.update(starts_at=dt.datetime(2031, 3, 5, 12, tzinfo=dt.UTC))
    assert told() == [None, None, None, "2031-03-05T12:00:00Z", "2031-03-09T10:15:00Z"]


def test_effective_times_of_a_skipped_hour_and_of_no_end(api: APIClient, unit: Unit) -> None:
    """The clocks of Zurich skip from two to three in the morning of 30 March 2031."""
    sent = {
        "unit": str(unit.public_id),
        "kind": "lease",
        "arrival_date": "2031-03-30",
        "departure_date": None,
    }
    shown = api.put(ADDRESS, sent | {"check_in_time": "02:30"}).json()
    assert (shown["effective_check_in_at"], shown["effective_check_in_time"]) == (
        "2031-03-30T01:30:00Z",
        "03:30:00",
    )
    assert (shown["effective_check_out_at"], shown["effective_check_out_time"]) == (None, None)
    # What was answered may be sent back whole.
    again = api.put(ADDRESS, shown).json()
    assert (again["outcome"], again["notices"]) == ("unchanged", [])
