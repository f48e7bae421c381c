"""Errors and warnings of today's founding API: beside the older names, by what truly happened, through the package."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from access.models import Problem
from locks.drivers.base import RejectReason
from locks.drivers.virtual.moods import Mood, clear_mood, set_mood
from locks.drivers.virtual.outside import delete_from_outside, edit_from_outside
from locks.models import Door
from tests.access.seam.stage import DAY, HOUR, MINUTE, Stage, brand, told
from tests.factories import make_property

pytestmark = pytest.mark.django_db(transaction=True)


def fail_for_a_while(stage: Stage) -> None:
    for minutes in (5, 10, 15, 20):
        stage.run(at=timezone.now() + minutes * MINUTE)


def error_of(stage: Stage, code: Any) -> dict[str, Any]:
    """As it was sent, with what the package leaves out."""
    path = f"/access_codes/get?access_code_id={code.access_code_id}"
    (error,) = [
        one
        for one in stage.seam.client.get(path)["access_code"]["errors"]
        if one["error_code"] == "failed_to_set_on_device"
    ]
    return dict(error)


@brand("nuki")
def test_change_that_fails_is_not_called_a_code_that_was_never_set(stage: Stage) -> None:
    code = stage.create(code="482915")
    stage.run()
    set_mood(stage.lock, Mood.REJECTING, reason=RejectReason.BUSY)
    stage.seam.access_codes.update(access_code_id=code.access_code_id, name="Other name")
    fresh = stage.create(code="739461")
    fail_for_a_while(stage)
    assert error_of(stage, code)["newer_error_code"] == "failed_to_update"
    assert error_of(stage, fresh)["newer_error_code"] == "failed_to_issue"
    assert stage.opens("482915")
    clear_mood(stage.lock, Mood.REJECTING)
    fail_for_a_while(stage)
    for one in (code, fresh):
        assert (stage.get(one).status, stage.get(one).errors) == ("set", [])


@brand("nuki")
def test_modified_fields_are_those_that_other_hands_changed(stage: Stage) -> None:
    now = timezone.now().replace(second=0)
    starts_at, ends_at = now, now + DAY
    code = stage.create(
        code="482915", starts_at=told(starts_at), ends_at=told(ends_at), allow_external_modification=True
    )
    stage.run(at=now + 5 * MINUTE)
    assert stage.get(code).status == "set"
    slot = stage.lock.codes.get().slot
    edit_from_outside(stage.lock, slot, pin="739461", ends_at=ends_at + 3 * HOUR)
    stage.run(at=now + HOUR)
    (warning,) = stage.get(code).warnings
    assert (warning.change_type, warning.warning_code) == ("modified", "code_modified_external_to_seam")
    sent = stage.seam.client.get(f"/access_codes/get?access_code_id={code.access_code_id}")["access_code"]
    assert sent["warnings"][0]["modified_fields"] == [
        {"field": "code", "from": None, "to": None},
        {"field": "ends_at", "from": milliseconds(ends_at), "to": milliseconds(ends_at + 3 * HOUR)},
    ]
    # Nobody's PIN is in the row that tells of it.
    problem = Problem.objects.get(code="code_modified_external_to_seam", cleared_at=None)
    assert not {"739461", "482915"} & set(str(problem.data).replace("'", " ").split())


@brand("nuki")
def test_what_was_changed_stays_known_while_the_lock_is_not_read(stage: Stage) -> None:
    code = stage.create(code="482915")
    stage.run()
    set_mood(stage.lock, Mood.REJECTING, reason=RejectReason.BUSY)
    edit_from_outside(stage.lock, stage.lock.codes.get().slot, name="Somebody")
    stage.run(at=timezone.now() + 15 * MINUTE)
    for mood in (None, Mood.OFFLINE):
        if mood is not None:
            set_mood(stage.lock, mood)
            stage.run(at=timezone.now() + 15 * MINUTE)
        sent = stage.seam.client.get(f"/access_codes/get?access_code_id={code.access_code_id}")
        (error,) = [
            one
            for one in sent["access_code"]["errors"]
            if one["error_code"] == "code_modified_external_to_seam"
        ]
        assert error["modified_fields"] == [{"field": "name", "from": None, "to": None}]
        assert error["newer_error_code"] == "conflicting_external_modification"


@brand("nuki")
def test_code_that_was_removed_outside_has_no_modified_fields(stage: Stage) -> None:
    code = stage.create(code="482915", allow_external_modification=True)
    stage.run()
    delete_from_outside(stage.lock, stage.lock.codes.get().slot)
    stage.run(at=timezone.now() + 15 * MINUTE)
    (warning,) = stage.seam.client.get(f"/access_codes/get?access_code_id={code.access_code_id}")[
        "access_code"
    ]["warnings"]
    assert (warning["change_type"], warning["modified_fields"]) == ("removed", [])


@brand("schlage")
@pytest.mark.parametrize(("first", "adjusted"), [("2027-03-27", True), ("2027-03-10", False)])
def test_window_across_a_change_of_clocks_is_said_to_be_adjusted(
    stage: Stage, first: str, adjusted: bool
) -> None:
    house = make_property(stage.device.account.workspace, time_zone="Europe/Zurich")
    Door.objects.create(property=house, device=stage.device, name="Front door")
    starts_at = dt.datetime.fromisoformat(f"{first}T15:00:00+00:00")
    stage.travel.move_to(starts_at - 3 * DAY, tick=False)
    code = stage.create(starts_at=told(starts_at), ends_at=told(starts_at + 3 * DAY))
    assert stage.get(code).warnings == []
    stage.run(at=starts_at - 20 * HOUR)
    (held,) = stage.lock.codes.all()
    assert (held.starts_at == starts_at - HOUR) is adjusted
    warned = [one.warning_code for one in stage.get(code).warnings]
    assert warned == (["time_frame_adjusted_for_unknown_time_zone"] if adjusted else [])


@brand("nuki")
def test_lock_that_gives_no_reason_is_an_unknown_issue(stage: Stage) -> None:
    code = stage.create(code="482915")
    set_mood(stage.lock, Mood.LOST_WRITE)
    fail_for_a_while(stage)
    assert "unknown_issue_with_access_code" in [one.warning_code for one in stage.get(code).warnings]
    clear_mood(stage.lock, Mood.LOST_WRITE)
    set_mood(stage.lock, Mood.REJECTING, reason=RejectReason.BUSY)
    fail_for_a_while(stage)
    found = stage.get(code)
    assert "failed_to_set_on_device" in [one.error_code for one in found.errors]
    assert "unknown_issue_with_access_code" not in [one.warning_code for one in found.warnings]


def milliseconds(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
