from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from access.enums import EventType, ProblemKind, StaffKind
from access.models import AccessCode, AccessGrant, Event, Problem, WebhookEndpoint
from access.staffing import StaffDetails, save_staff_access
from properties.booking import GuestDetails
from properties.enums import FetchOutcome, StayStatus
from properties.models import CalendarFeed, FeedFetch, Stay, Unit, Workspace
from tests.factories import make_property, make_stay, make_unit, make_workspace, virtual_door
from tests.world import PIN, World, make_world

pytestmark = pytest.mark.django_db
DAY = dt.date(2031, 3, 5)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [one["external_id"] for one in answer.json()["results"]]


@pytest.fixture
def stays(unit: Unit, workspace: Workspace) -> list[Stay]:
    other = make_unit(make_property(workspace))
    make_stay(external_id="foreign", arrival_date=DAY)
    made = [
        make_stay(unit, external_id="a", arrival_date=DAY),
        make_stay(unit, external_id="b", arrival_date=DAY + dt.timedelta(7), status=StayStatus.TENTATIVE),
        make_stay(other, external_id="c", arrival_date=DAY + dt.timedelta(14), source="pms"),
    ]
    for number, stay in enumerate(made):
        Stay.objects.filter(pk=stay.pk).update(updated_at=dt.datetime(2031, 1, 1 + number, tzinfo=dt.UTC))
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["a", "b", "c"]),
        ({"status": "tentative"}, ["b"]),
        ({"source": "pms"}, ["c"]),
        ({"kind": "guest"}, ["a", "b", "c"]),
        ({"kind": "lease"}, []),
        ({"arriving_from": "2031-03-12"}, ["b", "c"]),
        ({"arriving_to": "2031-03-12"}, ["a", "b"]),
        ({"modified_since": "2031-01-02T00:00:00Z"}, ["b", "c"]),
        ({"modified_since": "2031-01-02T00:00:01Z", "arriving_from": "2031-03-01"}, ["c"]),
    ],
)
def test_filters(query: dict[str, str], found: list[str], api: APIClient, stays: list[Stay]) -> None:
    assert ids(api.get("/api/v1/reservations/", query)) == found


def test_filters_by_place(api: APIClient, stays: list[Stay], unit: Unit) -> None:
    by_unit = api.get("/api/v1/reservations/", {"unit": str(unit.public_id)})
    by_property = api.get("/api/v1/reservations/", {"property": str(stays[2].unit.property.public_id)})
    assert (ids(by_unit), ids(by_property)) == (["a", "b"], ["c"])


def test_place_of_another_workspace_finds_nothing(api: APIClient, stays: list[Stay]) -> None:
    foreign = Stay.objects.get(external_id="foreign").unit
    assert ids(api.get("/api/v1/reservations/", {"unit": str(foreign.public_id)})) == []
    assert api.get("/api/v1/units/", {"property": str(foreign.property.public_id)}).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"stauts": "tentative"}, {"status": "gone"}, {"unit": "x"}, {"arriving_from": "soon"}, {"limit": "0"},
        {"limit": "501"}, {"limit": "x"}, {"cursor": "x"}, {"cursor": "00000000-0000-4000-8000-000000000000"},
        {"modified_since": "2031-01-01T00:00:00"}, {"modified_since": "2031-01-01T00:00:00 01:00"}, {"source": "\0"},
        {"kind": ""},
    ],
    ids=str,
)  # fmt: skip
def test_bad_query_is_422_and_named(query: dict[str, str], api: APIClient, stays: list[Stay]) -> None:
    answer = api.get("/api/v1/reservations/", query)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, list(query))


def test_pages_follow_next_to_the_end(api: APIClient, unit: Unit) -> None:
    for number in range(7):
        make_stay(unit, external_id=str(number), arrival_date=DAY)
    address: str | None = "/api/v1/reservations/?limit=3&source=test"
    seen: list[list[str]] = []
    while address:
        answer = api.get(address)
        seen.append(ids(answer))
        address = answer.json()["next"]
    assert seen == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_cursor_of_another_workspace_is_refused(api: APIClient, stays: list[Stay]) -> None:
    foreign = Stay.objects.get(external_id="foreign")
    answer = api.get("/api/v1/reservations/", {"cursor": str(foreign.public_id)})
    assert answer.status_code == 422


def test_properties_and_units_are_listed(api: APIClient, unit: Unit) -> None:
    make_unit(make_property(make_workspace()))
    assert api.get("/api/v1/properties/").json() == {
        "results": [
            {
                "id": str(unit.property.public_id), "name": "House", "address": "", "timezone": "Europe/Zurich",
                "check_in_time": "15:00:00", "check_out_time": "11:00:00", "buffer_before": 30, "buffer_after": 15,
            }
        ],
        "next": None,
    }  # fmt: skip
    Unit.objects.filter(pk=unit.pk).update(check_in_time=dt.time(16), buffer_after=0)
    assert api.get("/api/v1/units/").json() == {
        "results": [
            {
                "id": str(unit.public_id), "name": "Flat 1", "property": str(unit.property.public_id),
                "property_name": "House", "timezone": "Europe/Zurich", "check_in_time": "16:00:00",
                "check_out_time": None, "buffer_before": None, "buffer_after": 0, "archived_at": None,
            }
        ],
        "next": None,
    }  # fmt: skip


LISTS = (
    "properties", "units", "doors", "reservations", "access-keys", "access-codes", "staff-access", "calendar-feeds",
    "problems", "events", "webhook-endpoints",
)  # fmt: skip


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("path", LISTS)
def test_list_costs_as_many_queries_for_three_rows_as_for_one(
    path: str, limited: bool, api_of: Callable[..., APIClient]
) -> None:
    world = make_world("ONE", now=dt.datetime(2031, 3, 1, tzinfo=dt.UTC))
    Event.objects.update(position=F("pk"))
    if path == "events":
        Event.objects.exclude(pk=world.event.pk).update(position=None)
    scopes = ["read", "reveal"]
    if limited and path != "webhook-endpoints":
        api = api_of(world.workspace, scopes=scopes, properties=[world.place])
    else:
        api = api_of(world.workspace, scopes=scopes)
    api.get(f"/api/v1/{path}/")
    with CaptureQueriesContext(connection) as one:
        first = api.get(f"/api/v1/{path}/")

    add_rows(world)
    api.get(f"/api/v1/{path}/")
    with CaptureQueriesContext(connection) as three:
        second = api.get(f"/api/v1/{path}/")

    if not (limited and path == "properties"):
        assert len(second.json()["results"]) >= len(first.json()["results"]) + 2
    assert len(three) == len(one), [query["sql"] for query in three]


def add_rows(world: World) -> None:
    """Two more of everything, at the same house."""
    now = dt.datetime(2031, 3, 1, tzinfo=dt.UTC)
    for number in range(2):
        make_property(world.workspace, name=f"more {number}")
        unit = make_unit(world.place, name=f"more {number}")
        door = virtual_door(unit, name=f"more {number}", now=now)
        stay = make_stay(unit, arrival_date=DAY, guest=GuestDetails(name=f"more {number}"), now=now)
        grant = AccessGrant.objects.filter(stay=stay).first() or AccessGrant.objects.create(
            workspace=world.workspace, stay=stay
        )
        AccessCode.objects.create(
            device=door.device, grant=grant, pin=f"73{number}1", pin_key=number, starts_at=stay.starts_at
        )
        details = StaffDetails(
            kind=StaffKind.STAFF, holder_name=f"more {number}", doors=(door, world.door), first_day=DAY
        )
        save_staff_access(world.workspace, details, actor="x", now=now)
        feed = CalendarFeed.objects.create(unit=unit, url="https://calendar.example/more.ics")
        FeedFetch.objects.create(feed=feed, started_at=now, outcome=FetchOutcome.OK)
        Problem.objects.create(
            workspace=world.workspace, kind=ProblemKind.ERROR, code="x", message="x", device=door.device,
            raised_at=now,
        )  # fmt: skip
        Event.objects.create(
            workspace=world.workspace, type=EventType.CODE_SET, occurred_at=now, device=door.device, stay=stay,
            access_code=grant.codes.first(), position=10**6 + number,
        )  # fmt: skip
        WebhookEndpoint.objects.create(
            workspace=world.workspace, url=f"https://hooks.example/{number}", secret="x"
        )


@pytest.mark.parametrize("path", ["reservations", "access-codes"])
def test_detail_costs_the_same_however_much_there_is(path: str, api_of: Callable[..., APIClient]) -> None:
    world = make_world("ONE", now=dt.datetime(2031, 3, 1, tzinfo=dt.UTC))
    api = api_of(world.workspace)
    stay = f"reservations/{world.stay.source}/{world.stay.external_id}"
    address = f"/api/v1/{stay if path == 'reservations' else f'access-codes/{world.code.public_id}'}"
    api.get(address)
    with CaptureQueriesContext(connection) as before:
        api.get(address)
    add_rows(world)
    with CaptureQueriesContext(connection) as after:
        assert api.get(address).status_code == 200
    assert len(after) == len(before) <= 12


def test_codes_of_a_list_are_not_told_without_the_scope(api_of: Any) -> None:
    world = make_world("ONE", now=dt.datetime.now(dt.UTC))
    answer = api_of(world.workspace, scopes=["read", "write"]).get("/api/v1/reservations/")
    doors = answer.json()["results"][0]["access"]["doors"]
    assert [(one["door"], one["code"], one["code_hidden"]) for one in doors] == [
        ("ONE door", None, "This key lacks the scope reveal.")
    ]
    assert PIN not in answer.content.decode()
