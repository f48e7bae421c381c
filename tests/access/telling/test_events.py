"""Every event type has a told shape, to the field, and no PIN is told where it must not be."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from seam.resources.seam_event import seam_event_from_dict

from access.enums import EventType, ProblemKind
from access.events import code_event
from access.models import AccessCode, Event, Problem
from access.telling import (
    SEAM_TYPES,
    abouts_of,
    errors_and_warnings,
    keyturn_event,
    keyturn_events,
    own_type,
    seam_event,
    seam_events,
    with_told,
)
from tests.factories import NOW, make_stay
from tests.world import PIN, World, make_world

pytestmark = pytest.mark.django_db

OURS = {
    EventType.PIN_ISSUED,
    EventType.PIN_REVEALED,
    EventType.PIN_REPORTED,
    EventType.BOLT_JAMMED,
    EventType.WEBHOOK_DISABLED,
}
SIX = {
    "access_code_errors", "access_code_warnings", "device_errors", "device_warnings",
    "connected_account_errors", "connected_account_warnings",
}  # fmt: skip


@pytest.fixture
def world() -> World:
    return make_world("Alder", now=NOW)


def make_event(world: World, event_type: EventType, **fields: Any) -> Event:
    fields.setdefault("occurred_at", NOW)
    fields.setdefault("access_code", world.code)
    fields.setdefault("stay", world.stay)
    return Event.objects.create(
        workspace=world.workspace, type=event_type, account=world.account, device=world.device, **fields
    )


def loaded(*events: Event) -> list[Event]:
    rows = with_told(Event.objects.filter(pk__in=[event.pk for event in events]), own=True)
    return list(rows.order_by("pk"))


def told(event: Event, *, with_code: bool = True) -> dict[str, Any]:
    return seam_events(loaded(event), with_code=with_code)[0]


@pytest.mark.parametrize("event_type", EventType)
def test_event_type_of_any_kind_has_a_told_shape(world: World, event_type: EventType) -> None:
    event = make_event(world, event_type)
    own = keyturn_events(loaded(event))[0]
    assert own["event_type"] == event_type
    assert own["id"] == str(event.public_id)
    assert PIN not in json.dumps(own)
    assert (event_type in SEAM_TYPES) is (event_type not in OURS)
    if event_type in SEAM_TYPES:
        whole = told(event)
        assert whole["event_type"] == event_type
        assert {"event_id", "workspace_id", "created_at", "occurred_at", "device_id"} <= whole.keys()
        assert PIN not in json.dumps(told(event, with_code=False))
        json.dumps(whole)


@pytest.mark.parametrize("event_type", sorted(SEAM_TYPES))
def test_event_of_the_founding_api_is_read_by_its_package(world: World, event_type: EventType) -> None:
    data = {
        "battery_level": 0.1,
        "battery_status": "low",
        "error_code": "hub_disconnected",
        "method": "keycode",
    }
    read = seam_event_from_dict(told(make_event(world, event_type, data=data)))
    assert read.event_id
    assert read.event_type == event_type
    assert read.occurred_at == "2027-03-01T12:00:00.000Z"


def test_code_that_is_set_tells_its_pin_only_to_who_may_see_it(world: World) -> None:
    event = make_event(world, EventType.CODE_SET)
    assert told(event)["code"] == PIN
    assert told(event, with_code=False)["code"] is None


def test_event_of_a_late_code_carries_six_arrays_of_what_held_then(world: World) -> None:
    Problem.objects.all().delete()
    rows: list[dict[str, Any]] = [
        {"code": "delay_in_setting_on_device", "kind": ProblemKind.WARNING, "access_code": world.code},
        {"code": "device_offline", "kind": ProblemKind.ERROR, "device": world.device},
        {"code": "bridge_disconnected", "kind": ProblemKind.ERROR, "account": world.account},
        {"code": "hub_disconnected", "kind": ProblemKind.ERROR, "device": world.device,
         "cleared_at": NOW - dt.timedelta(minutes=1)},
        {"code": "device_tampered", "kind": ProblemKind.ERROR, "device": world.device,
         "raised_at": NOW + dt.timedelta(minutes=1)},
        {"code": "failed_to_set_on_device", "kind": ProblemKind.ERROR, "access_code": world.loose_code},
    ]  # fmt: skip
    for row in rows:
        at = {"raised_at": NOW - dt.timedelta(hours=1), **row}
        Problem.objects.create(workspace=world.workspace, message="A sentence.", **at)
    whole = told(make_event(world, EventType.CODE_DELAY_SETTING))
    assert whole.keys() >= SIX
    assert [one["warning_code"] for one in whole["access_code_warnings"]] == ["delay_in_setting_on_device"]
    assert whole["access_code_errors"] == []
    assert [one["error_code"] for one in whole["device_errors"]] == ["device_offline"]
    assert whole["device_errors"][0]["is_device_error"] is True
    assert whole["device_errors"][0]["created_at"] == "2027-03-01T11:00:00.000Z"
    assert whole["connected_account_errors"][0]["is_bridge_error"] is True


def test_change_names_each_property_and_never_the_old_pin(world: World) -> None:
    data = {
        "before": {"name": "Ana", "allow_external_modification": False, "ends_at": None},
        "after": {"name": "Bea", "allow_external_modification": True, "ends_at": None},
        "change": "another code, name",
    }
    changed = told(make_event(world, EventType.CODE_CHANGED, data=data))["changed_properties"]
    assert changed == [
        {"property": "code", "from": None, "to": PIN},
        {"property": "name", "from": "Ana", "to": "Bea"},
        {"property": "is_external_modification_allowed", "from": False, "to": True},
    ]


def test_unlock_tells_method_code_and_attempt(world: World) -> None:
    attempt = str(uuid.uuid4())
    data = {"method": "seamapi", "action_attempt_id": attempt, "access_code_is_managed": True}
    whole = told(make_event(world, EventType.LOCK_UNLOCKED, data=data), with_code=False)
    assert (whole["method"], whole["action_attempt_id"]) == ("seamapi", attempt)
    assert whole["access_code_id"] == str(world.code.public_id)
    assert "code" not in whole


def test_foreign_code_is_named_by_the_id_of_its_place(world: World) -> None:
    data = {"access_code_id": str(world.lock_code.public_id)}
    whole = told(make_event(world, EventType.FOREIGN_REMOVED, access_code=None, data=data))
    assert whole["access_code_id"] == str(world.lock_code.public_id)


def test_attempt_tells_its_outcome(world: World) -> None:
    data = {"action_attempt_id": str(world.attempt.public_id)}
    whole = told(make_event(world, EventType.ATTEMPT_UNLOCK_FAILED, data=data))
    assert whole["action_type"] == "UNLOCK_DOOR"
    assert whole["status"] == "error"
    assert whole["action_attempt_id"] == str(world.attempt.public_id)


def test_first_entry_is_told_once_per_stay(world: World) -> None:
    late = make_event(world, EventType.LOCK_UNLOCKED, position=8, occurred_at=NOW - dt.timedelta(hours=1))
    first = make_event(world, EventType.LOCK_UNLOCKED, position=7)
    by_hand = make_event(world, EventType.LOCK_UNLOCKED, position=6, access_code=None)
    events = loaded(late, first, by_hand)
    types = {one["id"]: one["type"] for one in keyturn_events(events)}
    assert types[str(first.public_id)] == "access.first_entry"
    assert types[str(late.public_id)] == "lock.unlocked"
    assert types[str(by_hand.public_id)] == "lock.unlocked"


def test_access_is_ready_once_when_a_lock_keeps_the_window(world: World) -> None:
    Event.objects.all().delete()
    scheduled = make_event(world, EventType.CODE_SCHEDULED)
    active = make_event(world, EventType.CODE_SET)
    make_event(world, EventType.CODE_DELETED_OUTSIDE)
    again = make_event(world, EventType.CODE_SET)
    told_types = [one["type"] for one in keyturn_events(loaded(scheduled, active, again))]
    assert told_types == ["access.ready", "access_code.set_on_device", "access.ready"]


def test_backup_of_the_pool_is_nobodys_access(world: World) -> None:
    spare = AccessCode.objects.create(device=world.device, name="Backup", is_backup=True)
    event = code_event(AccessCode.objects.get(pk=spare.pk), EventType.CODE_SET, now=NOW)
    event.save()
    assert own_type(loaded(event)[0]) == "access_code.set_on_device"


def test_own_shape_links_to_the_reservation_by_its_natural_key(world: World) -> None:
    world.stay.external_id = "a/b ü"
    world.stay.save()
    own = keyturn_events(loaded(make_event(world, EventType.CODE_SET, position=41)))[0]
    assert own["link"] == "/api/v1/reservations/test/a%2Fb%20%C3%BC"
    assert own["sequence"] == 41
    assert own["reservation"]["external_id"] == "a/b ü"
    assert own["type"] == "access.ready"


def test_own_shape_tells_what_came_before_about_the_same_reservation(world: World) -> None:
    other = make_stay(world.unit, external_id="other")
    Event.objects.update(position=None)
    made = [make_event(world, EventType.CODE_SET, position=place, **about) for place, about in (
        (50, {}), (20, {}), (30, {"stay": other}), (40, {"stay": None}), (None, {}),
    )]  # fmt: skip
    told = [(one["sequence"], one["previous_sequence"]) for one in keyturn_events(loaded(*made))]
    assert told == [(50, 20), (20, None), (30, None), (40, None), (None, None)]


def test_many_events_take_as_many_queries_as_one(world: World, django_assert_num_queries: Any) -> None:
    kinds = (EventType.CODE_SET, EventType.LOCK_UNLOCKED, EventType.CODE_DELAY_SETTING)
    few = [make_event(world, kind) for kind in kinds]
    many = few + [make_event(world, kind) for kind in kinds * 5]
    for events in (few, many):
        with django_assert_num_queries(4):
            rows = loaded(*events)
            abouts = abouts_of(rows)
            for row in rows:
                seam_event(row, with_code=True, about=abouts[row.pk])
                keyturn_event(row, about=abouts[row.pk])


def test_errors_of_an_object_come_first_its_own(world: World) -> None:
    Problem.objects.all().delete()
    for code, kind, subject in (
        ("account_disconnected", ProblemKind.ERROR, {"account": world.account}),
        ("failed_to_set_on_device", ProblemKind.ERROR, {"access_code": world.code}),
        ("max_access_codes_reached", ProblemKind.WARNING, {"device": world.device}),
        ("code_modified_external_to_seam", ProblemKind.WARNING, {"access_code": world.code}),
    ):
        Problem.objects.create(
            workspace=world.workspace, code=code, kind=kind, message="A sentence.", raised_at=NOW,
            data={"active_access_code_count": 3, "max_active_access_code_count": 3, "secret": "x"}, **subject,
        )  # fmt: skip
    both = errors_and_warnings(Problem.objects.all())
    assert [one["error_code"] for one in both["errors"]] == [
        "failed_to_set_on_device",
        "account_disconnected",
    ]
    assert both["errors"][0]["is_access_code_error"] is True
    assert both["errors"][0]["newer_error_code"] == "failed_to_issue"
    assert both["errors"][1]["is_connected_account_error"] is True
    assert both["warnings"][1]["max_active_access_code_count"] == 3
    assert both["warnings"][0]["newer_warning_code"] == "external_modification_in_effect"
    assert "secret" not in json.dumps(both)
