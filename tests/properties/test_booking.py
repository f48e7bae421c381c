from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection

from properties.booking import (
    BookingError,
    GuestDetails,
    SavedStay,
    SaveOutcome,
    acknowledge,
    cancel_stay,
    change_property_rules,
    details_of,
    override_times,
    reinstate_stay,
    rename_external_id,
    save_stay,
    touch_units,
    unacknowledged_stays,
)
from properties.enums import CancelReason, StayKind, StayStatus
from properties.models import Guest, Stay, StayChange
from properties.signals import stay_changed
from tests.factories import NOW, make_details, make_property, make_stay, make_unit, make_workspace

pytestmark = pytest.mark.django_db

Capture = Callable[..., AbstractContextManager[list[Any]]]


def save(stay: Stay, **fields: Any) -> SavedStay:
    return save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=replace(details_of(stay), **fields),
        actor="ana",
        now=NOW,
    )


def test_save_stay_creates_stay_guest_history_and_window() -> None:
    place = make_property(time_zone="Europe/Zurich", buffer_before=30, buffer_after=15)
    unit = make_unit(place)

    saved = save_stay(
        place.workspace,
        source="pms",
        external_id="R-1",
        details=make_details(unit, guest=GuestDetails(name=" Lea \x00 Frei ", phone_last4="0007")),
        actor="API key Desk",
        now=NOW,
    )

    stay = Stay.objects.get()
    assert saved == SavedStay(stay, SaveOutcome.CREATED)
    assert (stay.revision, stay.acknowledged_revision) == (1, 0)
    assert stay.starts_at == dt.datetime(2027, 3, 5, 13, 30, tzinfo=dt.UTC)
    assert stay.ends_at == dt.datetime(2027, 3, 9, 10, 15, tzinfo=dt.UTC)
    assert stay.guest is not None
    assert (stay.guest.name, stay.guest.phone_last4) == ("Lea Frei", "0007")
    change = StayChange.objects.get()
    assert (change.actor, change.action, change.revision) == ("API key Desk", "created", 1)


def test_save_stay_of_the_same_writes_nothing(
    django_assert_max_num_queries: Any, django_capture_on_commit_callbacks: Capture
) -> None:
    stay = make_stay()
    before = Stay.objects.values().get()

    with django_capture_on_commit_callbacks() as announced:
        saved = save(stay)

    assert saved.outcome is SaveOutcome.UNCHANGED
    assert Stay.objects.values().get() == before
    assert StayChange.objects.count() == 1
    assert announced == []


def test_f01_f03_moved_dates_change_the_same_stay() -> None:
    stay = make_stay()

    saved = save(stay, departure_date=dt.date(2027, 3, 11))

    assert (saved.outcome, saved.stay.pk, saved.stay.revision) == (SaveOutcome.CHANGED, stay.pk, 2)
    change = StayChange.objects.get(revision=2)
    assert change.fields["departure_date"] == ["2027-03-09", "2027-03-11"]


def test_guest_is_updated_in_place() -> None:
    stay = make_stay()

    saved = save(stay, guest=GuestDetails(name="Imogen Varga", email="imogen@example.org"))

    assert saved.stay.guest_id == stay.guest_id
    assert Guest.objects.get().email == "imogen@example.org"
    assert StayChange.objects.get(revision=2).fields == {"guest.email": [None, "imogen@example.org"]}


def test_older_source_update_is_ignored_and_newer_is_kept_without_a_revision() -> None:
    stay = make_stay(source_updated_at=NOW)

    older = save(stay, source_updated_at=NOW - dt.timedelta(seconds=1), departure_date=dt.date(2027, 3, 20))
    newer = save(stay, source_updated_at=NOW + dt.timedelta(hours=1))

    assert older.outcome is SaveOutcome.IGNORED_OLDER
    assert newer.outcome is SaveOutcome.UNCHANGED
    stay.refresh_from_db()
    assert (stay.departure_date, stay.revision) == (dt.date(2027, 3, 9), 1)
    assert stay.source_updated_at == NOW + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"departure_date": dt.date(2027, 3, 5)}, "departure_date"),
        ({"departure_date": dt.date(2027, 3, 1)}, "departure_date"),
        ({"departure_date": None}, "departure_date"),
        ({"departure_date": dt.date(2030, 3, 5)}, "departure_date"),
        ({"arrival_date": dt.date(9999, 12, 31), "departure_date": None}, "arrival_date"),
        ({"status": "definite"}, "status"),
        ({"kind": "visitor"}, "kind"),
        ({"guest": GuestDetails(name="x" * 201)}, "guest.name"),
        ({"guest": GuestDetails(phone_last4="12")}, "guest.phone_last4"),
        ({"guest": GuestDetails(email="nobody")}, "guest.email"),
        ({"adults": -1}, "adults"),
        ({"reference": "x" * 101}, "reference"),
        ({"source_updated_at": dt.datetime(2027, 1, 1)}, "source_updated_at"),  # noqa: DTZ001 -- the mistake
    ],
)
def test_save_stay_refuses_nonsense_by_field(fields: dict[str, Any], path: str) -> None:
    unit = make_unit()

    with pytest.raises(BookingError) as refused:
        save_stay(
            unit.property.workspace,
            source="pms",
            external_id="R-1",
            details=replace(make_details(unit), **fields),
            actor="ana",
            now=NOW,
        )

    assert path in refused.value.errors
    assert not Stay.objects.exists()


def test_save_stay_refuses_a_unit_of_another_workspace() -> None:
    unit = make_unit()

    with pytest.raises(BookingError) as refused:
        save_stay(
            make_workspace(),
            source="pms",
            external_id="R-1",
            details=make_details(unit),
            actor="ana",
            now=NOW,
        )

    assert set(refused.value.errors) == {"unit"}


@pytest.mark.parametrize("external_id", ["", " a", "a\x00b", "x" * 256])
def test_save_stay_refuses_an_unusable_external_id(external_id: str) -> None:
    with pytest.raises(BookingError) as refused:
        save(Stay(workspace=(unit := make_unit()).property.workspace, unit=unit, source="pms",
                  external_id=external_id, arrival_date=dt.date(2027, 3, 5),
                  departure_date=dt.date(2027, 3, 6)))  # fmt: skip

    assert set(refused.value.errors) == {"external_id"}


def test_open_lease_has_no_end() -> None:
    assert make_stay(kind=StayKind.LEASE, departure_date=None).ends_at is None


def test_cancel_stay_happens_once_and_explicit_outranks_absence() -> None:
    stay = make_stay()

    absent = cancel_stay(stay, reason=CancelReason.ABSENCE, actor="feed", now=NOW)
    again = cancel_stay(stay, reason=CancelReason.ABSENCE, actor="feed", now=NOW)
    explicit = cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="feed", now=NOW)
    later = cancel_stay(stay, reason=CancelReason.ABSENCE, actor="feed", now=NOW)

    assert [one.revision for one in (absent, again, explicit, later)] == [2, 2, 3, 3]
    assert (later.status, later.cancel_reason) == (StayStatus.CANCELLED, CancelReason.EXPLICIT)


def test_save_stay_reinstates_what_its_source_cancelled() -> None:
    stay = make_stay()

    cancelled = save(stay, status=StayStatus.CANCELLED)
    repeated = save(stay, status=StayStatus.CANCELLED)
    back = save(stay, status=StayStatus.CONFIRMED)

    assert [one.outcome for one in (cancelled, repeated, back)] == ["cancelled", "unchanged", "reinstated"]
    assert (back.stay.cancel_reason, back.stay.cancelled_at, back.stay.revision) == ("", None, 3)


def test_save_stay_keeps_what_a_person_cancelled_until_reinstated() -> None:
    stay = make_stay()
    cancel_stay(stay, reason=CancelReason.PERSON, actor="ana", now=NOW)

    kept = save(stay, departure_date=dt.date(2027, 3, 12))
    reinstated = reinstate_stay(stay, actor="ana", now=NOW)

    assert (kept.outcome, kept.stay.status) == (SaveOutcome.KEPT_CANCELLED, StayStatus.CANCELLED)
    assert (reinstated.status, reinstated.departure_date) == (StayStatus.CONFIRMED, dt.date(2027, 3, 12))


def test_f100_override_of_one_time_keeps_the_other() -> None:
    stay = make_stay()

    override_times(stay, check_in=dt.time(9), check_out=dt.time(18), actor="ana", now=NOW)
    stay = override_times(stay, check_out=None, actor="ana", now=NOW)

    assert (stay.override_check_in_time, stay.override_check_out_time) == (dt.time(9), None)
    assert stay.starts_at == dt.datetime(2027, 3, 5, 9, tzinfo=dt.UTC)
    assert stay.ends_at == dt.datetime(2027, 3, 9, 11, tzinfo=dt.UTC)
    assert override_times(stay, check_in=dt.time(9), actor="ana", now=NOW).revision == 3


def test_override_that_leaves_no_time_is_refused() -> None:
    stay = make_stay(departure_date=dt.date(2027, 3, 6))
    # No booking can look like this; only a row that somebody edited by hand.
    Stay.objects.filter(pk=stay.pk).update(departure_date=dt.date(2027, 3, 5))

    with pytest.raises(BookingError, match="end before it begins"):
        override_times(stay, check_in=dt.time(16), check_out=dt.time(10), actor="ana", now=NOW)


def test_f20_buffers_move_running_and_future_stays_but_not_past_ones() -> None:
    unit = make_unit()
    stays = [
        make_stay(unit, arrival_date=day, departure_date=day + dt.timedelta(days=3))
        for day in (dt.date(2027, 2, 1), dt.date(2027, 2, 27), dt.date(2027, 3, 5))
    ]

    moved = change_property_rules(unit.property, actor="ana", now=NOW, buffer_after=60)

    assert moved == 2
    ends = list(Stay.objects.order_by("pk").values_list("ends_at", "revision"))
    hour = dt.timedelta(hours=1)
    expected = [(stays[0].ends_at, 1)] + [(stay.ends_at + hour, 2) for stay in stays[1:] if stay.ends_at]
    assert ends == expected


def test_f21_source_time_change_moves_the_buffered_window_unless_overridden() -> None:
    unit = make_unit(make_property(buffer_before=30))
    plain = make_stay(unit, check_in_time=dt.time(15))
    overridden = make_stay(unit, check_in_time=dt.time(15))
    override_times(overridden, check_in=dt.time(18), actor="ana", now=NOW)

    changed = save(plain, check_in_time=dt.time(16)).stay
    held = save(overridden, check_in_time=dt.time(16)).stay

    assert changed.starts_at == dt.datetime(2027, 3, 5, 15, 30, tzinfo=dt.UTC)
    assert held.starts_at == dt.datetime(2027, 3, 5, 17, 30, tzinfo=dt.UTC)


def test_change_property_rules_refuses_a_wrong_zone_and_keeps_the_rest() -> None:
    place = make_property()

    with pytest.raises(BookingError) as refused:
        change_property_rules(place, actor="ana", now=NOW, time_zone="Mars/Olympus")

    assert set(refused.value.errors) == {"time_zone"}
    place.refresh_from_db()
    assert place.time_zone == "UTC"


def test_change_property_rules_f100_keeps_other_fields() -> None:
    place = make_property(buffer_before=20, address="Quay 1")

    change_property_rules(place, actor="ana", now=NOW, buffer_after=10)

    place.refresh_from_db()
    assert (place.buffer_before, place.buffer_after, place.address) == (20, 10, "Quay 1")


def test_rename_follows_a_changed_id_and_refuses_a_taken_one() -> None:
    unit = make_unit()
    stay, other = make_stay(unit, external_id="a"), make_stay(unit, external_id="b")

    renamed = rename_external_id(stay, external_id="c", actor="feed", now=NOW)

    assert (renamed.pk, renamed.external_id) == (stay.pk, "c")
    with pytest.raises(BookingError):
        rename_external_id(other, external_id="c", actor="feed", now=NOW)


def test_touch_units_reaches_running_and_future_stays_only() -> None:
    unit, elsewhere = make_unit(), make_unit()
    future = make_stay(unit)
    past = make_stay(unit, arrival_date=dt.date(2027, 2, 1))
    cancelled = make_stay(unit)
    cancel_stay(cancelled, reason=CancelReason.PERSON, actor="ana", now=NOW)
    other = make_stay(elsewhere)

    assert touch_units([unit.pk], actor="ana", now=NOW) == 1

    revisions = dict(Stay.objects.values_list("pk", "revision"))
    assert revisions == {future.pk: 2, past.pk: 1, cancelled.pk: 2, other.pk: 1}


def test_acknowledge_is_compare_and_set_and_sweep_finds_what_is_behind() -> None:
    first, second = make_stay(), make_stay()
    assert unacknowledged_stays(limit=10) == [first.pk, second.pk]

    assert acknowledge(first.pk, revision=1) is True
    assert acknowledge(first.pk, revision=1) is False
    assert acknowledge(second.pk, revision=5) is False
    save(first, departure_date=dt.date(2027, 3, 12))

    assert unacknowledged_stays(limit=10) == [first.pk, second.pk]
    assert unacknowledged_stays(limit=10, after=first.pk) == [second.pk]
    assert acknowledge(first.pk, revision=1) is False
    assert acknowledge(first.pk, revision=2) is True


def test_a_failing_listener_does_not_break_the_caller(django_capture_on_commit_callbacks: Capture) -> None:
    heard: list[int] = []

    def fail(**kwargs: Any) -> None:
        raise RuntimeError("the listener is broken")

    def listen(stay_id: int, **kwargs: Any) -> None:
        heard.append(stay_id)

    stay_changed.connect(fail)
    stay_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            stay = make_stay()
    finally:
        stay_changed.disconnect(fail)
        stay_changed.disconnect(listen)

    assert heard == [stay.pk]


@pytest.mark.django_db(transaction=True)
def test_the_same_booking_sent_by_four_at_once_is_one_stay() -> None:
    unit = make_unit()
    outcomes: list[str] = []

    def run(number: int) -> None:
        try:
            details = make_details(unit, departure_date=dt.date(2027, 3, 10 + number))
            saved = save_stay(
                unit.property.workspace,
                source="pms",
                external_id="R-1",
                details=details,
                actor="ana",
                now=NOW,
            )
            outcomes.append(saved.outcome)
        finally:
            connection.close()

    run_at_once([partial(run, number) for number in range(4)])

    assert sorted(outcomes) == ["changed", "changed", "changed", "created"]
    assert Stay.objects.get().revision == 4


@pytest.mark.django_db(transaction=True)
def test_f20_a_booking_made_while_rules_change_has_the_new_window() -> None:
    """Whichever comes first, the window in the end follows the new rules."""
    unit = make_unit()

    def change() -> None:
        change_property_rules(unit.property, actor="ana", now=NOW, buffer_after=45)
        connection.close()

    def book() -> None:
        make_stay(unit)
        connection.close()

    run_at_once([book, change, book, book])

    assert {stay.ends_at for stay in Stay.objects.all()} == {dt.datetime(2027, 3, 9, 11, 45, tzinfo=dt.UTC)}


def run_at_once(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
