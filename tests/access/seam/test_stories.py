"""The founding documents' walk-throughs of codes, by the official package over HTTP, judged by the keypad."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from seam import Seam
from seam.exceptions import SeamHttpApiError

from access.enums import EventType
from access.models import Event
from access.running.runner import run_due
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import add_foreign_code, delete_from_outside, edit_from_outside
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device
from properties.models import Workspace
from tests.factories import make_device

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@dataclass
class Stage:
    """A lock, the package, and a clock that is moved by hand; `pass_` moves it and lets the engine work."""

    seam: Seam
    device: Device
    travel: time_machine.Traveller

    @property
    def device_id(self) -> str:
        return str(self.device.public_id)

    @property
    def lock(self) -> VirtualLock:
        return virtual_lock_of(self.device)

    def opens(self, pin: str | None) -> bool:
        assert pin is not None
        return keypad(self.lock, pin).opened

    def run(self, *, at: dt.datetime | None = None) -> None:
        if at is not None:
            self.travel.move_to(at, tick=False)
        for _ in range(3):
            run_due()
            self.travel.shift(dt.timedelta(seconds=20))
        run_due()

    def create(self, **params: Any) -> Any:
        return self.seam.access_codes.create(device_id=self.device_id, **params)

    def get(self, code: Any) -> Any:
        return self.seam.access_codes.get(access_code_id=code.access_code_id)

    def is_gone(self, code: Any) -> bool:
        try:
            self.get(code)
        except SeamHttpApiError as error:
            return error.code == "access_code_not_found"
        return False

    def attempt(self, action_type: str) -> Any:
        found = self.seam.action_attempts.list(device_id=self.device_id)
        return [one for one in found if one.action_type == action_type][-1]

    def events(self) -> list[str]:
        rows = Event.objects.filter(device=self.device, type__startswith="access_code.").order_by("pk")
        return [event.type.removeprefix("access_code.") for event in rows]


def told(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def stage(
    seam_client: Seam, workspace: Workspace, travel: time_machine.Traveller, request: pytest.FixtureRequest
) -> Stage:
    device = make_device(workspace, brand=getattr(request, "param", "yale"), now=timezone.now())
    return Stage(seam_client, device, travel)


def brand(*names: str) -> Any:
    return pytest.mark.parametrize("stage", names, indirect=True)


@brand("yale", "kwikset", "smartthings", "schlage")
def test_ongoing_code_from_setting_to_gone(stage: Stage) -> None:
    code = stage.create(name="My ongoing code", code="4829")
    assert (code.type, code.status, code.code) == ("ongoing", "setting", "4829")
    assert not stage.opens("4829")
    stage.run()
    found = stage.get(code)
    assert (found.status, found.errors, found.pending_mutations) == ("set", [], [])
    assert stage.opens("4829")
    assert stage.attempt("CREATE_ACCESS_CODE").status == "success"
    stage.seam.access_codes.delete(access_code_id=code.access_code_id)
    assert stage.get(code).status == "removing"
    assert [one.mutation_code for one in stage.get(code).pending_mutations] == ["deleting"]
    stage.run()
    assert stage.is_gone(code)
    assert not stage.opens("4829")
    assert stage.attempt("DELETE_ACCESS_CODE").status == "success"
    assert [name for name in stage.events() if name != "changed"] == [
        "created",
        "set_on_device",
        "removed_from_device",
        "deleted",
    ]


@brand("yale", "kwikset")
def test_time_bound_code_on_a_lock_with_windows(stage: Stage) -> None:
    now = timezone.now()
    starts_at, ends_at = now + 5 * DAY, now + 7 * DAY
    code = stage.create(name="Guest", starts_at=told(starts_at), ends_at=told(ends_at))
    assert (code.status, code.is_scheduled_on_device) == ("unset", False)
    stage.run()
    assert [one.mutation_code for one in stage.get(code).pending_mutations] == ["deferring_creation"]
    stage.run(at=starts_at - 71 * HOUR)
    found = stage.get(code)
    assert (found.status, found.is_scheduled_on_device) == ("unset", True)
    assert not stage.opens(code.code)
    assert stage.attempt("CREATE_ACCESS_CODE").status == "success"
    stage.run(at=starts_at + MINUTE)
    assert stage.get(code).status == "set"
    assert stage.opens(code.code)
    stage.run(at=ends_at + 2 * MINUTE)
    assert not stage.opens(code.code)
    assert stage.is_gone(code)
    assert [name for name in stage.events() if name != "changed"] == [
        *("created", "scheduled_on_device", "set_on_device", "removed_from_device", "deleted")
    ]


@brand("smartthings", "lockly")
def test_time_bound_code_just_in_time(stage: Stage) -> None:
    now = timezone.now()
    starts_at, ends_at = now + DAY, now + 3 * DAY
    code = stage.create(
        name="Guest", starts_at=told(starts_at), ends_at=told(ends_at), preferred_code_length=6
    )
    assert len(code.code) == 6
    stage.run()
    assert stage.get(code).status == "unset"
    stage.run(at=starts_at - 59 * MINUTE)
    assert (stage.get(code).status, stage.attempt("CREATE_ACCESS_CODE").status) == ("setting", "pending")
    assert not stage.opens(code.code)
    stage.run(at=starts_at + MINUTE)
    assert (stage.get(code).status, stage.attempt("CREATE_ACCESS_CODE").status) == ("set", "success")
    assert stage.opens(code.code)
    stage.run(at=ends_at + MINUTE)
    assert stage.is_gone(code)
    assert not stage.opens(code.code)


@brand("igloohome")
def test_offline_code_is_assigned_and_opens_without_a_connection(stage: Stage) -> None:
    now = timezone.now()
    code = stage.create(
        name="Offline",
        starts_at=told(now + HOUR),
        ends_at=told(now + 20 * HOUR),
        is_offline_access_code=True,
    )
    assert (code.code, code.is_waiting_for_code_assignment, code.is_offline_access_code) == (None, True, True)
    stage.run()
    found = stage.get(code)
    assert found.is_waiting_for_code_assignment is False
    set_mood(stage.lock, Mood.OFFLINE)
    assert not stage.opens(found.code)
    stage.travel.move_to(now + HOUR + MINUTE, tick=False)
    assert stage.opens(found.code)
    for change in (stage.seam.access_codes.delete, stage.seam.access_codes.update):
        with pytest.raises(SeamHttpApiError) as refused:
            change(access_code_id=code.access_code_id)
        assert refused.value.status_code == 400


@brand("dormakaba_oracode")
def test_oracode_code_needs_a_user_level(stage: Stage) -> None:
    start = timezone.now()
    with pytest.raises(SeamHttpApiError) as refused:
        stage.create(starts_at=told(start + DAY), ends_at=told(start + 60 * DAY), is_offline_access_code=True)
    assert refused.value.code == "dormakaba_oracode_no_valid_user_level"
    assert refused.value.status_code == 400


def test_update_of_code_name_and_window(stage: Stage) -> None:
    code = stage.create(name="First name", code="4829")
    stage.run()
    stage.seam.access_codes.update(access_code_id=code.access_code_id, name="Second name", code="7391")
    waiting = stage.get(code)
    assert (waiting.status, waiting.code, waiting.name) == ("setting", "7391", "Second name")
    mutations = {one.mutation_code: one for one in waiting.pending_mutations}
    assert set(mutations) == {"updating_code", "updating_name"}
    assert mutations["updating_code"].to.code == "7391"
    assert stage.attempt("UPDATE_ACCESS_CODE").status == "pending"
    stage.run()
    assert (stage.get(code).status, stage.attempt("UPDATE_ACCESS_CODE").status) == ("set", "success")
    assert (stage.opens("7391"), stage.opens("4829")) == (True, False)
    now = timezone.now()
    stage.seam.access_codes.update(
        access_code_id=code.access_code_id, starts_at=told(now), ends_at=told(now + HOUR), type="time_bound"
    )
    stage.run(at=now + 2 * HOUR)
    assert stage.is_gone(code)
    assert not stage.opens("7391")


def test_changed_outside_is_put_right(stage: Stage) -> None:
    code = stage.create(code="4829")
    stage.run()
    edit_from_outside(stage.lock, stage.lock.codes.get().slot, pin="5555")
    run_due()
    assert stage.get(code).code == "4829"
    assert "modified_external_to_seam" in stage.events()
    stage.run(at=timezone.now() + 3 * MINUTE)
    assert (stage.opens("4829"), stage.opens("5555")) == (True, False)
    assert (stage.get(code).status, stage.get(code).errors) == ("set", [])


def test_changed_outside_is_left_where_that_is_allowed(stage: Stage) -> None:
    code = stage.create(code="4829", allow_external_modification=True)
    assert code.is_external_modification_allowed is True
    stage.run()
    edit_from_outside(stage.lock, stage.lock.codes.get().slot, pin="5555")
    stage.run(at=timezone.now() + 3 * MINUTE)
    assert (stage.opens("4829"), stage.opens("5555")) == (False, True)
    found = stage.get(code)
    assert (found.errors, found.status) == ([], "set")
    assert [one.warning_code for one in found.warnings] == ["code_modified_external_to_seam"]


def test_removed_outside_is_set_again(stage: Stage) -> None:
    code = stage.create(code="4829")
    stage.run()
    delete_from_outside(stage.lock, stage.lock.codes.get().slot)
    stage.run(at=timezone.now() + 15 * MINUTE)
    assert stage.opens("4829")
    assert stage.get(code).status == "set"
    assert "deleted_external_to_seam" in stage.events()


def test_backup_is_pulled_where_the_lock_takes_nothing_new(stage: Stage, workspace: Workspace) -> None:
    workspace.backup_pool_size = 2
    workspace.save()
    now = timezone.now()
    first = stage.create(
        starts_at=told(now + 30 * DAY), ends_at=told(now + 31 * DAY), use_backup_access_code_pool=True
    )
    stage.run()
    assert stage.get(first).is_backup_access_code_available is True
    listed = stage.seam.access_codes.list(device_id=stage.device_id)
    assert [code.access_code_id for code in listed] == [first.access_code_id]
    set_mood(stage.lock, Mood.OFFLINE)
    guest = stage.create(starts_at=told(now), ends_at=told(now + DAY), name="Guest at the door")
    stage.run()
    assert stage.get(guest).status == "setting"
    backup = stage.seam.access_codes.pull_backup_access_code(access_code_id=guest.access_code_id)
    assert (backup.is_backup, backup.type, backup.status) == (True, "time_bound", "set")
    assert (backup.ends_at, backup.is_backup_access_code_available) == (guest.ends_at, False)
    assert stage.opens(backup.code)
    again = stage.seam.access_codes.pull_backup_access_code(access_code_id=guest.access_code_id)
    assert again.access_code_id == backup.access_code_id
    original = stage.get(guest)
    assert original.pulled_backup_access_code_id == backup.access_code_id
    assert "using_backup_access_code" in [one.warning_code for one in original.warnings]
    assert "backup_access_code_pulled" in stage.events()
    clear_mood(stage.lock, Mood.OFFLINE)
    stage.run(at=now + DAY + 5 * MINUTE)
    assert stage.is_gone(backup)
    assert not stage.opens(backup.code)


def test_unmanaged_code_is_listed_converted_and_let_go(stage: Stage) -> None:
    add_foreign_code(stage.lock, pin="6174", name="Neighbour")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert (found.code, found.name, found.status, found.type) == ("6174", "Neighbour", "set", "ongoing")
    assert (found.is_managed, found.cannot_be_managed) == (False, False)
    assert list(stage.seam.access_codes.list(device_id=stage.device_id)) == []
    same = stage.seam.access_codes.unmanaged.get(device_id=stage.device_id, code="6174")
    assert same.access_code_id == found.access_code_id
    stage.seam.access_codes.unmanaged.convert_to_managed(access_code_id=found.access_code_id)
    code = stage.seam.access_codes.get(access_code_id=found.access_code_id)
    assert (code.status, code.code, code.is_managed) == ("set", "6174", True)
    assert stage.attempt("CONVERT_ACCESS_CODE_TO_MANAGED").status == "success"
    stage.run()
    assert list(stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)) == []
    # The package has no such parameter any more; the documents do.
    stage.seam.client.patch(
        "/access_codes/update", json={"access_code_id": code.access_code_id, "is_managed": False}
    )
    stage.run()
    [left] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert left.access_code_id == found.access_code_id
    assert stage.opens("6174")
    stage.seam.access_codes.unmanaged.update(
        access_code_id=left.access_code_id, is_managed=True, allow_external_modification=True
    )
    assert stage.seam.access_codes.get(access_code_id=left.access_code_id).is_external_modification_allowed


def test_unmanaged_code_is_deleted(stage: Stage) -> None:
    add_foreign_code(stage.lock, pin="6174", name="Neighbour")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    stage.seam.access_codes.unmanaged.delete(access_code_id=found.access_code_id)
    stage.seam.access_codes.unmanaged.delete(access_code_id=found.access_code_id)
    assert stage.attempt("DELETE_UNMANAGED_ACCESS_CODE").status == "pending"
    stage.run()
    assert stage.attempt("DELETE_UNMANAGED_ACCESS_CODE").status == "success"
    assert not stage.opens("6174")
    with pytest.raises(SeamHttpApiError) as gone:
        stage.seam.access_codes.unmanaged.get(access_code_id=found.access_code_id)
    assert gone.value.code == "access_code_not_found"


def test_simulated_unmanaged_code_is_there_at_once(stage: Stage) -> None:
    made = stage.seam.access_codes.simulate.create_unmanaged_access_code(
        device_id=stage.device_id, name="Typed in", code="8246"
    )
    assert (made.is_managed, made.code) == (False, "8246")
    assert stage.opens("8246")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert found.access_code_id == made.access_code_id
    assert Event.objects.filter(type=EventType.FOREIGN_CREATED).count() == 1


@brand("igloohome")
def test_code_of_a_brand_that_cannot_convert(stage: Stage) -> None:
    made = stage.seam.access_codes.simulate.create_unmanaged_access_code(
        device_id=stage.device_id, name="Typed in", code="824613"
    )
    assert made.cannot_be_managed is True
    with pytest.raises(SeamHttpApiError) as refused:
        stage.seam.access_codes.unmanaged.convert_to_managed(access_code_id=made.access_code_id)
    assert (refused.value.code, refused.value.status_code) == ("unsupported_device", 400)
    assert Event.objects.filter(type=EventType.FOREIGN_NOT_CONVERTED).exists()


@brand("kwikset")
def test_simulation_on_a_brand_without_unmanaged_codes(stage: Stage) -> None:
    with pytest.raises(SeamHttpApiError) as refused:
        stage.seam.access_codes.simulate.create_unmanaged_access_code(
            device_id=stage.device_id, name="Typed in", code="8246"
        )
    assert refused.value.code == "device_type_not_supported"


def test_all_methods_of_the_package(stage: Stage, workspace: Workspace) -> None:
    """Those that no story above calls, and the paginator."""
    other = make_device(workspace, brand="august", now=timezone.now())
    both = stage.seam.access_codes.create_multiple(
        device_ids=[stage.device_id, str(other.public_id)], name="Both", preferred_code_length=5
    )
    assert both[0].code == both[1].code
    stage.seam.access_codes.update_multiple(common_code_key=both[0].common_code_key or "", name="Renamed")
    generated = stage.seam.access_codes.generate_code(device_id=stage.device_id)
    assert generated.code
    stage.seam.access_codes.report_device_constraints(
        device_id=stage.device_id, min_code_length=4, max_code_length=6
    )
    for _ in range(3):
        stage.create()
    pages = stage.seam.create_paginator(
        stage.seam.access_codes.list, {"device_id": stage.device_id, "limit": 3}
    )
    assert len(list(pages.flatten())) == 4
    attempts = stage.seam.create_paginator(
        stage.seam.action_attempts.list, {"device_id": stage.device_id, "limit": 2}
    )
    flat = list(attempts.flatten())
    assert [one.action_type for one in flat] == ["CREATE_ACCESS_CODE", "UPDATE_ACCESS_CODE"] + [
        "CREATE_ACCESS_CODE"
    ] * 3
    one = stage.seam.action_attempts.get(action_attempt_id=flat[0].action_attempt_id)
    assert one.action_attempt_id == flat[0].action_attempt_id


def test_waiting_for_an_attempt(stage: Stage) -> None:
    stage.create(code="4829")
    stage.run()
    attempt = stage.attempt("CREATE_ACCESS_CODE")
    done = stage.seam.action_attempts.get(
        action_attempt_id=attempt.action_attempt_id, wait_for_action_attempt=True
    )
    assert done.status == "success"
