"""events/*: what is told, by which filters, to whom, and what of a PIN."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.enums import EventType
from access.models import Event, PinLook
from access.running.runner import run_due
from access.seam.endpoints import events
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_workspace

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def make_event(device: Device, kind: EventType, *, minutes: int = 0, **fields: Any) -> Event:
    """Written down as it happens, `minutes` after noon."""
    moment = NOW + minutes * MINUTE
    event = Event.objects.create(
        workspace=device.account.workspace, type=kind, occurred_at=moment, device=device, **fields
    )
    Event.objects.filter(pk=event.pk).update(created_at=moment)
    return event


@pytest.fixture
def device(workspace: Workspace) -> Device:
    device = make_device(workspace)
    Event.objects.all().delete()
    return device


def ids(answer: dict[str, Any]) -> list[str]:
    return [event["event_id"] for event in answer["events"]]


def test_events_come_in_the_order_of_their_writing(face: Face, device: Device) -> None:
    late = make_event(device, EventType.LOCK_LOCKED, minutes=5, data={"method": "manual"})
    early = make_event(device, EventType.LOCK_UNLOCKED, minutes=1, data={"method": "keycode"})
    one, two = str(early.public_id), str(late.public_id)

    assert ids(face.post("events/list", since="2027-03-01T12:00:00Z")) == [one, two]
    assert ids(face.post("events/list", since="2027-03-01T12:01:00Z")) == [two]
    assert ids(face.post("events/list", since="2027-03-01T12:02:00Z")) == [two]
    between = ["2027-03-01T12:00:00Z", "2027-03-01T12:02:00Z"]
    assert (
        ids(face.post("events/list", between=between))
        == ids(face.post("events/list", between=between[::-1]))
        == [one]
    )
    assert ids(face.post("events/list", since="2027-03-01", event_type="lock.locked")) == [two]
    assert ids(
        face.post("events/list", since="2027-03-01", event_types=["lock.locked", "lock.unlocked"])
    ) == [one, two]
    assert ids(face.post("events/list", since="2027-03-01", limit=1)) == [one]
    assert ids(face.post("events/list", since="2027-03-01", limit=1, unstable_offset=1)) == [two]
    assert ids(face.post("events/list", event_ids=[two])) == [two]
    assert ids(face.post("events/list", since="2027-03-01", event_type="thermostat.manually_adjusted")) == []


def test_what_a_lock_tells_late_is_found_by_who_read_past_its_moment(face: Face, device: Device) -> None:
    read = make_event(device, EventType.LOCK_LOCKED, minutes=5)
    late = make_event(device, EventType.LOCK_UNLOCKED, minutes=6)
    Event.objects.filter(pk=late.pk).update(occurred_at=NOW + MINUTE)

    told = [str(read.public_id), str(late.public_id)]
    assert ids(face.post("events/list", since="2027-03-01T12:00:00Z")) == told
    assert ids(face.post("events/list", since="2027-03-01T12:05:00Z")) == told[1:]
    assert ids(face.post("events/list", between=["2027-03-01T12:06:00Z", "2027-03-01T12:07:00Z"])) == told[1:]


def test_events_are_of_the_device_and_account_named(face: Face, workspace: Workspace, device: Device) -> None:
    other = make_device(workspace, brand="nuki")
    Event.objects.all().delete()
    mine, theirs = make_event(device, EventType.DEVICE_ADDED), make_event(other, EventType.DEVICE_ADDED)

    def found(**filters: Any) -> list[str]:
        return ids(face.post("events/list", since="2027-03-01", **filters))

    assert found(device_id=str(device.public_id)) == [str(mine.public_id)]
    assert found(device_ids=[str(other.public_id)]) == [str(theirs.public_id)]
    assert found(connected_account_id=str(other.account.public_id)) == [str(theirs.public_id)]
    assert found(access_code_ids=[str(device.public_id)]) == []
    for name in ("access_grant_id", "access_method_id", "space_id"):
        assert found(**{name: str(device.public_id)}) == []
    assert found(space_ids=[str(device.public_id)]) == []


def test_list_needs_a_beginning(face: Face) -> None:
    for wrong in ({}, {"between": ["2027-03-01"]}, {"since": "soon"}, {"limit": 0, "since": "2027-03-01"}):
        status, error = face.error("events/list", **wrong)
        assert (status, error["type"]) == (400, "invalid_input"), wrong


def test_list_is_no_longer_than_the_longest(
    face: Face, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes in range(3):
        make_event(device, EventType.LOCK_LOCKED, minutes=minutes)
    assert len(ids(face.post("events/list", since="2027-03-01", limit=501))) == 3
    monkeypatch.setattr(events, "LIMIT", 2)
    assert len(ids(face.post("events/list", since="2027-03-01", limit=501))) == 2


def test_one_event_by_its_id_or_the_latest_of_its_type(face: Face, device: Device) -> None:
    first = make_event(device, EventType.LOCK_LOCKED, data={"method": "seamapi"})
    last = make_event(device, EventType.LOCK_LOCKED, minutes=1, data={"method": "manual"})

    by_id = face.post("events/get", event_id=str(first.public_id))["event"]
    assert (by_id["event_type"], by_id["device_id"]) == ("lock.locked", str(device.public_id))
    latest = face.post("events/get", device_id=str(device.public_id), event_type="lock.locked")["event"]
    assert latest["event_id"] == str(last.public_id)
    assert face.error("events/get")[0] == 400
    status, error = face.error("events/get", event_id=str(device.public_id))
    assert (status, error["type"]) == (404, "event_not_found")


def test_what_only_keyturn_has_words_for_is_not_told(face: Face, device: Device) -> None:
    make_event(device, EventType.PIN_REVEALED)
    assert ids(face.post("events/list", since="2027-03-01")) == []


def test_strangers_events_are_not_seen(face: Face) -> None:
    stranger = make_event(make_device(make_workspace()), EventType.LOCK_LOCKED)
    assert ids(face.post("events/list", since="2020-01-01")) == []
    assert face.error("events/get", event_id=str(stranger.public_id))[0] == 404


def test_pin_in_an_event_is_for_those_who_may_see_it(
    face: Face, workspace: Workspace, device: Device
) -> None:
    created = face.post("access_codes/create", device_id=str(device.public_id), code="4821")["access_code"]
    code_id = created["access_code_id"]
    code = device.access_codes.get()
    make_event(device, EventType.CODE_SET, access_code=code)
    PinLook.objects.all().delete()

    blind = limited_face(workspace, "read").post("events/list", since="2027-03-01", access_code_id=code_id)
    assert blind["events"][0]["code"] is None
    assert not PinLook.objects.exists()
    told = face.post("events/list", since="2027-03-01", access_code_ids=[code_id])
    assert told["events"][0]["code"] == "4821"
    assert PinLook.objects.get().access_code == code


def test_pin_that_a_code_was_changed_to_is_noted_as_seen(
    face: Face, workspace: Workspace, device: Device
) -> None:
    face.post("access_codes/create", device_id=str(device.public_id), code="4821")
    code = device.access_codes.get()
    Event.objects.all().delete()
    make_event(device, EventType.CODE_CHANGED, access_code=code, data={"change": "name"})
    PinLook.objects.all().delete()
    face.post("events/list", since="2027-03-01")
    assert not PinLook.objects.exists()

    make_event(device, EventType.CODE_CHANGED, access_code=code, data={"change": "another code"})
    limited_face(workspace, "read").post("events/list", since="2027-03-01")
    assert not PinLook.objects.exists()
    told = face.post("events/list", since="2027-03-01")["events"]
    assert told[1]["changed_properties"] == [{"property": "code", "from": None, "to": "4821"}]
    assert PinLook.objects.get().access_code == code


def test_list_costs_the_same_for_one_and_three(face: Face, workspace: Workspace, device: Device) -> None:
    face.post("access_codes/create", device_id=str(device.public_id), code="4821")
    code = device.access_codes.get()
    counts = []
    for number in (1, 2):
        for _ in range(number):
            make_event(device, EventType.CODE_SET, access_code=code)
            make_event(device, EventType.DEVICE_DISCONNECTED)
        face.post("events/list", since="2027-03-01")
        with CaptureQueriesContext(connection) as queries:
            assert face.post("events/list", since="2027-03-01")["ok"]
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


@pytest.mark.django_db(transaction=True)
def test_official_package_reads_events(seam_client: Any, workspace: Workspace) -> None:
    begun = timezone.now()
    device = make_device(workspace, brand="august", now=begun)
    run_due()
    one = str(device.public_id)

    events = seam_client.events.list(since=(begun - MINUTE).isoformat(), device_id=one)
    assert [event.event_type for event in events] == ["device.added"]
    assert seam_client.events.get(event_id=events[0].event_id).device_id == one
    ends = [(begun - MINUTE).isoformat(), (begun + MINUTE).isoformat()]
    assert len(seam_client.events.list(between=ends, event_types=["device.added"])) == 1
