"""Bookings change, vanish under another id, look alike: failures F01-F12 and F30 through the whole pipeline."""

from __future__ import annotations

import datetime as dt

import pytest

from properties.booking import BookingError, cancel_stay, override_times
from properties.calendars.deciding import decide_event
from properties.enums import AmbiguousPolicy, CancelReason, Decision, FetchOutcome, StayStatus
from properties.models import FeedEvent, Guest, Stay, StayChange
from tests.factories import make_feed, make_property, make_unit
from tests.properties.calendars import samples
from tests.properties.calendars.feedlab import FeedLab, day, marks
from tests.properties.calendars.samples import named, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> FeedLab:
    return FeedLab()


def test_read_creates_stays_and_leaves_a_record(lab: FeedLab) -> None:
    fetch = lab.read(named("Lea Frei", day(5)), samples.S16, named("Blocked", day(20)))

    (stay,) = lab.stays
    assert (stay.guest_name, stay.arrival_date, stay.departure_date) == ("Lea Frei", day(5), day(9))
    assert (stay.external_id, stay.source) == ("Lea Frei@pms.example", f"feed:{lab.feed.public_id}")
    assert "SUMMARY:Lea Frei" in stay.original
    assert (fetch.outcome, fetch.events, fetch.http_status) == (FetchOutcome.OK, 2, 200)
    assert [(one["what"], one["summary"], one["stay"]) for one in fetch.changes] == [
        ("created", "Lea Frei", str(stay.public_id))
    ]
    assert [one["reason"] for one in fetch.skipped] == ["It has no UID, so it could not be recognised again."]
    assert FeedEvent.objects.count() == 2


def test_p1_same_calendar_ten_times_changes_nothing(lab: FeedLab) -> None:
    events = (named("Lea Frei", day(5)), named("Ann", day(9)), named("Blocked", day(20)), samples.S4)
    lab.read(*events)
    before, changes = marks(), StayChange.objects.count()

    fetch = lab.read(*events, times=10)

    assert (marks(), StayChange.objects.count()) == (before, changes)
    assert fetch.changes == []


@pytest.mark.parametrize("nights", [2, 6])
def test_f01_f02_moved_dates_change_the_same_stay(lab: FeedLab, nights: int) -> None:
    lab.read(named("Lea Frei", day(5)))
    (before,) = lab.stays

    fetch = lab.read(named("Lea Frei", day(5), nights))

    (after,) = lab.stays
    assert (after.pk, after.guest_id) == (before.pk, before.guest_id)
    assert after.departure_date == day(5 + nights)
    assert [one["what"] for one in fetch.changes] == ["changed"]


def test_f03_extension_while_in_stay_is_one_stay(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(-1)))
    (before,) = lab.stays

    lab.read(named("Lea Frei", day(-1), 9))

    (after,) = lab.stays
    assert (after.pk, after.departure_date) == (before.pk, day(8))


def test_in_stay_shortening_to_yesterday_is_applied(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(-3), 6))

    lab.read(named("Lea Frei", day(-3), 2))

    assert [stay.departure_date for stay in lab.stays] == [day(-1)]


def test_f04_new_uid_with_the_same_reference_is_the_same_stay(lab: FeedLab) -> None:
    lab.read(reserved("HMAAAA1111", day(5), uid="old@airbnb.com"))
    (before,) = lab.stays

    fetch = lab.read(reserved("HMAAAA1111", day(30), uid="new@airbnb.com"))

    (after,) = lab.stays
    assert (after.pk, after.external_id, after.arrival_date) == (before.pk, "new@airbnb.com", day(30))
    assert after.status == StayStatus.CONFIRMED
    assert [one["what"] for one in fetch.changes] == ["renamed", "changed"]
    lab.read(reserved("HMAAAA1111", day(30), uid="new@airbnb.com"), times=5)
    assert [(stay.pk, stay.status) for stay in lab.stays] == [(before.pk, StayStatus.CONFIRMED)]


@pytest.mark.parametrize(("start", "nights"), [(3, 4), (5, 9), (9, 3), (1, 4)])
def test_f04_new_uid_with_the_same_name_and_touching_dates_is_the_same_stay(
    lab: FeedLab, start: int, nights: int
) -> None:
    lab.read(named("Lea Frei", day(5), 4, "old"))
    (before,) = lab.stays

    lab.read(named("LEA  FREI", day(start), nights, "new"))

    (after,) = lab.stays
    assert (after.pk, after.external_id, after.arrival_date) == (before.pk, "new", day(start))


def test_f04_same_name_far_away_is_another_stay(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5), 4, "old"))

    lab.read(named("Lea Frei", day(15), 4, "new"))

    assert len(lab.live) == 2


def test_f04_contradicting_last_digits_are_another_stay(lab: FeedLab) -> None:
    lab.read(samples.event("old", f"{day(5):%Y%m%d}", f"{day(9):%Y%m%d}", "Lea Frei", "Phone (last 4): 0001"))

    lab.read(samples.event("new", f"{day(5):%Y%m%d}", f"{day(9):%Y%m%d}", "Lea Frei", "Phone (last 4): 0002"))

    assert len(lab.live) == 2


def test_f04_uid_that_flaps_back_stays_one_stay(lab: FeedLab) -> None:
    for uid in ("a", "b", "a", "b"):
        lab.read(named("Lea Frei", day(5), 4, uid))

    (stay,) = lab.stays
    assert (stay.external_id, stay.status) == ("b", StayStatus.CONFIRMED)


def test_extension_as_a_second_booking_never_moves_a_guest_out_of_the_house(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(-2), 4, "old"))

    lab.read(named("Lea Frei", day(2), 4, "new"))

    assert [(stay.arrival_date, stay.departure_date) for stay in lab.live] == [
        (day(-2), day(2)),
        (day(2), day(6)),
    ]


def test_f05_changed_note_changes_nothing_that_matters(lab: FeedLab) -> None:
    dates = (f"{day(5):%Y%m%d}", f"{day(9):%Y%m%d}")
    lab.read(samples.event("a", *dates, "Lea Frei", "Likes tea"))
    before = marks()

    lab.read(samples.event("a", *dates, "Lea Frei", "Likes coffee"))

    assert marks() == before


def test_f10_identical_summaries_are_two_bookings(lab: FeedLab) -> None:
    lab.read(named("Reserved", day(5), 2, "a"), named("Reserved", day(7), 2, "b"))

    assert [stay.external_id for stay in lab.live] == ["a", "b"]


def test_f11_weekly_stays_of_the_same_person_are_stable(lab: FeedLab) -> None:
    events = (named("Lea Frei", day(1), 7, "a"), named("Lea Frei", day(8), 7, "b"))
    lab.read(*events)
    before = marks()

    lab.read(*events, times=10)

    assert marks() == before
    assert len(lab.live) == 2


def test_f12_names_that_begin_alike_are_independent(lab: FeedLab) -> None:
    lab.read(named("Ann", day(5), 4, "a"))

    lab.read(named("Anna", day(5), 4, "b"))

    assert [stay.guest_name for stay in lab.live] == ["Ann", "Anna"]


def test_two_new_events_never_become_one_stay(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5), 4, "old"))

    lab.read(named("Lea Frei", day(5), 2, "x"), named("Lea Frei", day(7), 2, "y"))

    assert len(lab.live) == 2


def test_second_event_with_the_same_reference_is_no_second_stay() -> None:
    lab = FeedLab(prodid="airbnb")
    lab.read(reserved("HMAAAA1111", day(5), uid="a"))

    lab.read(reserved("HMAAAA1111", day(5), uid="a"), reserved("HMAAAA1111", day(5), uid="b"))
    lab.read(reserved("HMAAAA1111", day(5), uid="b"))

    (stay,) = lab.stays
    assert (stay.external_id, stay.status) == ("b", StayStatus.CONFIRMED)


def test_two_new_events_of_one_booking_are_one_stay_but_a_split_booking_is_two() -> None:
    double, split = FeedLab(prodid="airbnb"), FeedLab(prodid="airbnb")

    double.read(reserved("HMAAAA1111", day(5), uid="a"), reserved("HMAAAA1111", day(5), uid="b"))
    split.read(reserved("HMAAAA1111", day(5), uid="a"), reserved("HMAAAA1111", day(9), uid="b"))

    assert [stay.external_id for stay in double.live] == ["a"]
    assert [stay.external_id for stay in split.live] == ["a", "b"]


def test_tentative_becomes_confirmed_as_the_same_stay() -> None:
    lab = FeedLab(prodid="vrbo")
    lab.read(named("Provisoire - O. Lind", day(5), 3, "t"))
    (before,) = lab.stays
    assert before.status == StayStatus.TENTATIVE

    lab.read(named("Reserved - O. Lind", day(5), 3, "r"))

    (after,) = lab.stays
    assert (after.pk, after.status, after.guest_name) == (before.pk, StayStatus.CONFIRMED, "O. Lind")


def test_explicit_cancellation_acts_at_once_even_in_the_house(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(-1)), named("Ann", day(9)))

    lab.read(named("Lea Frei", day(-1), 4, "", "STATUS:CANCELLED"), named("Ann", day(9)))

    cancelled = lab.stays[0]
    assert (cancelled.status, cancelled.cancel_reason) == (StayStatus.CANCELLED, CancelReason.EXPLICIT)
    assert len(lab.live) == 1


def test_f30_cancelled_booking_that_returns_waits_for_a_person(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5)))
    lab.read(named("Lea Frei", day(5), 4, "", "STATUS:CANCELLED"))

    fetch = lab.read(named("Lea Frei", day(5)))

    assert [one["what"] for one in fetch.changes] == ["asked"]
    assert lab.live == []
    (event,) = lab.inbox
    assert lab.read(named("Lea Frei", day(5)), times=3).changes == []
    decide_event(event, decision=Decision.ACCEPTED, actor="ana", now=lab.now)
    lab.read(named("Lea Frei", day(5)), times=3)
    (stay,) = lab.live
    actions = list(stay.changes.order_by("pk").values_list("action", "actor"))
    assert [one[0] for one in actions] == ["created", "cancelled", "reinstated"]
    assert actions[-1][1] == "ana"
    assert lab.inbox == []


def test_f30_ignored_return_stays_ignored(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5)))
    lab.read(named("Lea Frei", day(5), 4, "", "STATUS:CANCELLED"))
    lab.read(named("Lea Frei", day(5)))
    decide_event(lab.inbox[0], decision=Decision.IGNORED, actor="ana", now=lab.now)

    lab.read(named("Lea Frei", day(5)), times=3)

    assert (lab.live, lab.inbox) == ([], [])


def test_stay_cancelled_by_a_person_stays_cancelled_without_a_question(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5)))
    cancel_stay(lab.stays[0], reason=CancelReason.PERSON, actor="ana", now=lab.now)

    lab.read(named("Lea Frei", day(5)), named("Ann", day(10)), times=3)

    assert [stay.guest_name for stay in lab.live] == ["Ann"]
    assert lab.inbox == []


def test_f21_time_in_the_feed_changes_the_window_but_not_an_override(lab: FeedLab) -> None:
    def timed(hour: int) -> list[str]:
        return samples.event("a", f"{day(5):%Y%m%d}T{hour}0000Z", f"{day(9):%Y%m%d}T100000Z", "Lea Frei")

    lab.read(timed(15))
    lab.read(timed(17))
    (stay,) = lab.stays
    assert (stay.check_in_time, stay.starts_at.hour) == (dt.time(17), 17)
    override_times(stay, check_in=dt.time(12), actor="ana", now=lab.now)

    lab.read(timed(16))

    (stay,) = lab.stays
    assert (stay.check_in_time, stay.starts_at.hour) == (dt.time(16), 12)


def test_what_a_person_adds_survives_the_next_reads() -> None:
    lab = FeedLab(prodid="airbnb")
    lab.read(reserved("HMAAAA1111", day(5)))
    Guest.objects.update(name="Lea Frei", email="lea@example.org")

    lab.read(reserved("HMAAAA1111", day(5), nights=6))

    guest = Guest.objects.get()
    assert (guest.name, guest.email, guest.phone_last4) == ("Lea Frei", "lea@example.org", "0412")


def test_feed_that_is_deleted_and_added_again_takes_its_stays_over(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5)), named("Ann", day(10)))
    before = {stay.pk for stay in lab.stays}
    unit = lab.feed.unit
    lab.feed.delete()

    again = FeedLab(make_feed(unit))
    again.read(named("Lea Frei", day(5)), named("Ann", day(10)), times=2)

    assert {stay.pk for stay in again.live} == before
    assert {stay.source for stay in again.live} == {f"feed:{again.feed.public_id}"}


def test_stay_that_booking_refuses_spoils_no_other_and_is_tried_again(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5)), named("Ann", day(10)))
    ann = lab.stays[1]
    # Another stay of the same source already has the id under which this one returns.
    cancel_stay(ann, reason=CancelReason.PERSON, actor="ana", now=lab.now)
    Stay.objects.filter(pk=ann.pk).update(external_id="taken")
    FeedEvent.objects.filter(stay=ann).delete()

    fetch = lab.read(named("Lea Frei", day(5), 4, "taken"), named("Zoe", day(20)))

    assert [one["uid"] for one in fetch.skipped] == ["taken"]
    assert [stay.guest_name for stay in lab.live] == ["Lea Frei", "Zoe"]
    Stay.objects.filter(pk=ann.pk).update(external_id="free")
    lab.read(named("Lea Frei", day(5), 4, "taken"), named("Zoe", day(20)))
    assert [stay.external_id for stay in lab.live] == ["taken", "Zoe@pms.example"]


def test_f32_booking_com_event_waits_in_the_inbox_until_accepted() -> None:
    lab = FeedLab(prodid="booking")
    event = samples.event("5d@booking.com", f"{day(5):%Y%m%d}", f"{day(8):%Y%m%d}", "CLOSED - Not available")

    fetch = lab.read(event)

    assert (lab.stays, [one["what"] for one in fetch.changes]) == ([], ["asked"])
    (waiting,) = lab.inbox
    decided = decide_event(waiting, decision=Decision.ACCEPTED, actor="ana", now=lab.now)
    lab.read(event, times=3)
    assert [stay.pk for stay in lab.live] == [decided.stay_id]
    assert (decided.decided_by, lab.inbox) == ("ana", [])


def test_accepted_event_that_moves_moves_its_stay() -> None:
    lab = FeedLab(prodid="booking")

    def closed(start: int, end: int) -> list[str]:
        return samples.event(
            "5d@booking.com", f"{day(start):%Y%m%d}", f"{day(end):%Y%m%d}", "CLOSED - Not available"
        )

    lab.read(closed(5, 8))
    decide_event(lab.inbox[0], decision=Decision.ACCEPTED, actor="ana", now=lab.now)

    lab.read(closed(6, 9))

    assert [(stay.arrival_date, stay.departure_date) for stay in lab.live] == [(day(6), day(9))]


def test_accepted_then_ignored_cancels_and_accepted_again_reinstates() -> None:
    lab = FeedLab(prodid="booking")
    lab.read(
        samples.event("5d@booking.com", f"{day(5):%Y%m%d}", f"{day(8):%Y%m%d}", "CLOSED - Not available")
    )
    event = lab.inbox[0]
    for decision, live in ((Decision.ACCEPTED, 1), (Decision.IGNORED, 0), (Decision.ACCEPTED, 1)):
        decide_event(event, decision=decision, actor="ana", now=lab.now)
        assert len(lab.live) == live

    assert len(lab.stays) == 1


@pytest.mark.parametrize(("nights", "stays", "asked"), [(1, 1, 0), (28, 1, 0), (29, 0, 1)])
def test_f32_policy_accepts_one_to_twenty_eight_nights(nights: int, stays: int, asked: int) -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.ACCEPT), "booking")

    lab.read(
        samples.event(
            "5d@booking.com", f"{day(5):%Y%m%d}", f"{day(5 + nights):%Y%m%d}", "CLOSED - Not available"
        )
    )

    assert (len(lab.live), len(lab.inbox)) == (stays, asked)


def test_policy_ignore_neither_asks_nor_books_and_a_later_policy_counts() -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.IGNORE), "booking")
    event = samples.event("5d@booking.com", f"{day(5):%Y%m%d}", f"{day(8):%Y%m%d}", "CLOSED - Not available")
    lab.read(event)
    assert (lab.stays, lab.inbox) == ([], [])
    lab.feed.ambiguous_policy = AmbiguousPolicy.ASK
    lab.feed.save()

    lab.read(event)

    assert len(lab.inbox) == 1


def test_f35_stay_that_grows_past_ninety_nights_keeps_its_dates_and_asks(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5), 30))

    lab.read(named("Lea Frei", day(5), 120), times=3)

    assert [stay.departure_date for stay in lab.live] == [day(35)]
    decide_event(lab.inbox[0], decision=Decision.ACCEPTED, actor="ana", now=lab.now)
    lab.read(named("Lea Frei", day(5), 120), times=3)
    assert [stay.departure_date for stay in lab.live] == [day(125)]
    assert lab.inbox == []


def test_stay_that_becomes_a_block_is_asked_about_and_kept(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(5), 4, "a"))

    lab.read(named("Blocked", day(5), 4, "a"), times=3)

    assert len(lab.live) == 1
    (event,) = lab.inbox
    decide_event(event, decision=Decision.IGNORED, actor="ana", now=lab.now)
    lab.read(named("Blocked", day(5), 4, "a"), times=3)
    assert (lab.live, lab.inbox) == ([], [])


def test_melted_booking_com_events_ask_instead_of_moving_a_stay() -> None:
    lab = FeedLab(make_feed(ambiguous_policy=AmbiguousPolicy.ACCEPT), "booking")

    def closed(uid: str, start: int, end: int) -> list[str]:
        return samples.event(uid, f"{day(start):%Y%m%d}", f"{day(end):%Y%m%d}", "CLOSED - Not available")

    lab.read(closed("a", 5, 8), closed("b", 8, 10))

    lab.read(closed("a", 5, 10), times=8)

    assert [(stay.arrival_date, stay.departure_date) for stay in lab.live] == [
        (day(5), day(8)),
        (day(8), day(10)),
    ]
    assert len(lab.inbox) == 1


def test_past_events_make_no_stays(lab: FeedLab) -> None:
    lab.read(named("Lea Frei", day(-9), 4), named("Ann", day(-2), 2))

    assert [stay.guest_name for stay in lab.stays] == ["Ann"]


def test_f13_long_and_strange_names_are_kept_whole_and_never_identity(lab: FeedLab) -> None:
    names = ["Wolfeschlegelsteinhausenbergerdorff " * 2 + "A", "Wolfeschlegelsteinhausenbergerdorff " * 2 + "B",
             "\U0001f9d1\u200d\U0001f680 Mia", "\u05d3\u05e0\u05d9\u05d0\u05dc \u05db\u05d4\u05df"]  # fmt: skip
    events = [named(name, day(5 + 5 * at), 4, f"u{at}") for at, name in enumerate(names)]

    lab.read(*events, times=3)

    assert [stay.guest_name for stay in lab.live] == names
    assert {stay.revision for stay in lab.live} == {1}


def test_f39_feed_in_utc_and_property_in_new_york_is_stable() -> None:
    lab = FeedLab(make_feed(make_unit(make_property(time_zone="America/New_York"))))
    event = samples.event("a", f"{day(5):%Y%m%d}T200000Z", f"{day(9):%Y%m%d}T150000Z", "Lea Frei")
    lab.read(event)
    before = marks()

    lab.read(event, times=10)

    assert marks() == before
    (stay,) = lab.live
    assert (stay.check_in_time, stay.check_out_time) == (dt.time(15), dt.time(10))
    assert (stay.starts_at.hour, stay.ends_at and stay.ends_at.hour) == (20, 15)


def test_decide_event_takes_no_other_word() -> None:
    lab = FeedLab(prodid="booking")
    lab.read(
        samples.event("5d@booking.com", f"{day(5):%Y%m%d}", f"{day(8):%Y%m%d}", "CLOSED - Not available")
    )

    with pytest.raises(BookingError):
        decide_event(lab.inbox[0], decision=Decision.PENDING, actor="ana", now=lab.now)
