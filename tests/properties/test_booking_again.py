"""What comes again, late, or from an older view: a cancellation stands, and what is newer is not written over."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from properties.booking import (
    ChangedMeanwhileError,
    GuestDetails,
    SavedStay,
    SaveOutcome,
    cancel_stay,
    details_of,
    override_times,
    reinstate_stay,
    save_stay,
    touch_units,
)
from properties.enums import CancelReason, StayStatus
from properties.models import Stay
from tests.factories import NOW, make_stay

pytestmark = pytest.mark.django_db


def save(stay: Stay, **fields: Any) -> SavedStay:
    return save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=replace(details_of(stay), **fields),
        actor="ana",
        now=NOW,
    )


@pytest.mark.parametrize("status", [StayStatus.TENTATIVE, StayStatus.CONFIRMED])
def test_reinstated_stay_is_what_it_was(status: StayStatus) -> None:
    stay = cancel_stay(make_stay(status=status), reason=CancelReason.PERSON, actor="ana", now=NOW)
    save(stay, notes="a note in between")

    assert reinstate_stay(stay, actor="ana", now=NOW).status == status


def test_stay_that_was_never_live_is_reinstated_as_confirmed_or_as_said() -> None:
    first, second = (make_stay(status=StayStatus.CANCELLED) for _ in range(2))

    assert reinstate_stay(first, actor="ana", now=NOW).status == StayStatus.CONFIRMED
    said = reinstate_stay(second, actor="ana", now=NOW, status=StayStatus.TENTATIVE)
    assert said.status == StayStatus.TENTATIVE


def test_late_retry_does_not_take_a_cancellation_back() -> None:
    sent = dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC)
    stay = make_stay(source_updated_at=sent)
    cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="pms", now=NOW)

    again = save(stay, source_updated_at=sent)
    later = save(stay, source_updated_at=sent + dt.timedelta(seconds=1))

    assert (again.outcome, again.stay.status) == (SaveOutcome.IGNORED_OLDER, StayStatus.CANCELLED)
    assert (later.outcome, later.stay.status) == (SaveOutcome.REINSTATED, StayStatus.CONFIRMED)


def test_save_without_a_time_of_the_source_keeps_the_stored_one() -> None:
    sent = dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC)
    stay = make_stay(source_updated_at=sent)

    saved = save(stay, source_updated_at=None, notes="by hand")

    assert (saved.outcome, saved.stay.source_updated_at) == (SaveOutcome.CHANGED, sent)


def test_saving_a_cancelled_stay_keeps_the_reason() -> None:
    stay = cancel_stay(make_stay(), reason=CancelReason.ABSENCE, actor="feed", now=NOW)

    saved = save(stay, notes="refund due")

    assert (saved.stay.status, saved.stay.cancel_reason) == (StayStatus.CANCELLED, CancelReason.ABSENCE)


def test_save_built_on_an_older_stay_is_refused_with_what_it_holds_now() -> None:
    stay = make_stay()
    save(stay, departure_date=dt.date(2027, 3, 12), guest=GuestDetails(name="Ines Duarte"))
    details = replace(details_of(stay), notes="late train")
    key = {"source": stay.source, "external_id": stay.external_id}

    with pytest.raises(ChangedMeanwhileError) as refused:
        save_stay(stay.workspace, **key, details=details, actor="bo", now=NOW, expected_revision=1)

    assert refused.value.errors.keys() == {"revision", "departure_date", "guest.name"}
    assert refused.value.errors["departure_date"] == "Now “Fri 12 Mar 2027”, changed by ana."
    assert refused.value.revision == Stay.objects.get().revision == 2


def test_save_is_not_refused_for_doors_and_rules_that_moved() -> None:
    stay = make_stay()
    touch_units([stay.unit_id], actor="ana", now=NOW)
    override_times(stay, check_out=dt.time(13), actor="ana", now=NOW)
    details = replace(details_of(stay), notes="late train")
    key = {"source": stay.source, "external_id": stay.external_id}

    saved = save_stay(stay.workspace, **key, details=details, actor="bo", now=NOW, expected_revision=1)

    assert saved.outcome is SaveOutcome.CHANGED
