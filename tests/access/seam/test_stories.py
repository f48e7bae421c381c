"""The founding documents' walk-throughs of managed codes, by the official package over HTTP."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone
from seam.exceptions import SeamHttpApiError
from seam.seam import Seam

from access.running.runner import run_due
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import delete_from_outside, edit_from_outside
from properties.models import Workspace
from tests.access.seam.stage import DAY, HOUR, MINUTE, Stage, brand, told
from tests.factories import make_device

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_sync_answers_when_the_lock_did(seam_client: Seam, workspace: Workspace) -> None:
    """With a clock that runs, and a runner beside the web process."""
    device = make_device(workspace, now=timezone.now())
    runner = threading.Thread(target=run_for_a_while, args=(4,))
    runner.start()
    try:
        made = seam_client.client.post(
            "/access_codes/create", json={"device_id": str(device.public_id), "code": "4829", "sync": True}
        )
        gone = seam_client.client.post(
            "/access_codes/delete",
            json={"access_code_id": made["access_code"]["access_code_id"], "sync": True},
        )
    finally:
        runner.join()
    assert (made["access_code"]["status"], made["action_attempt"]["status"]) == ("set", "success")
    assert gone["action_attempt"]["status"] == "success"


def run_for_a_while(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        run_due()
        time.sleep(0.2)
    connection.close()
