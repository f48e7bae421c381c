"""Any history of reads, good and bad: nothing breaks, nobody in the house is lost, and it comes to rest."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from properties.calendars.deciding import decide_event
from properties.enums import AmbiguousPolicy, CancelReason, Decision, StayStatus
from properties.models import FeedEvent, Stay
from tests.factories import make_feed
from tests.properties.calendars import samples
from tests.properties.calendars.feedlab import MINUTES, FeedLab, day
from tests.properties.calendars.samples import calendar, event

pytestmark = pytest.mark.django_db

SUMMARIES = ["Ann", "Anna", "Reserved", "Blocked", "CLOSED - Not available", "Hold", ""]
NOTES = [None, "Code: RES0001", "Code: RES0002\\nPhone: 0412", "Email: not@an_address.example"]


@st.composite
def events(draw: st.DrawFn) -> list[str]:
    start = draw(st.integers(-3, 6))
    nights = draw(st.sampled_from([1, 2, 4, 100, 900]))
    return event(
        draw(st.sampled_from(["a", "b", "c"])),
        f"{day(start):%Y%m%d}",
        f"{day(start + nights):%Y%m%d}",
        draw(st.sampled_from(SUMMARIES)),
        draw(st.sampled_from(NOTES)),
        *draw(st.lists(st.sampled_from(["STATUS:CANCELLED", "STATUS:TENTATIVE"]), max_size=1)),
    )


bodies = st.lists(events(), max_size=3).map(lambda found: calendar("generic", *found))
steps = st.one_of(
    bodies,
    bodies.map(lambda body: body[:-20]),
    st.sampled_from([calendar("generic"), calendar("booking", samples.S4)]),
    st.sampled_from([Decision.ACCEPTED, Decision.IGNORED, "fail", "allow"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(steps, min_size=1, max_size=8),
    last=bodies,
    policy=st.sampled_from(AmbiguousPolicy),
    gap=st.sampled_from([5 * MINUTES, 60 * MINUTES, dt.timedelta(hours=20)]),
)
def test_any_history_of_reads_comes_to_rest(
    history: list[bytes | Decision | str], last: bytes, policy: AmbiguousPolicy, gap: dt.timedelta
) -> None:
    with transaction.atomic():
        lab = FeedLab(make_feed(ambiguous_policy=policy))
        for step in history:
            take(lab, step, gap)
            check(lab)
        lab.read_bytes(last, times=2, after=MINUTES)
        rest = [(stay.pk, stay.revision) for stay in lab.stays]
        lab.read_bytes(last, after=MINUTES)
        assert [(stay.pk, stay.revision) for stay in lab.stays] == rest
        transaction.set_rollback(True)


def take(lab: FeedLab, step: bytes | Decision | str, gap: dt.timedelta) -> None:
    if isinstance(step, bytes):
        lab.read_bytes(step, after=gap)
    elif isinstance(step, Decision):
        for one in lab.inbox:
            # 900 nights are refused by booking; a person would be told.
            if (one.departure_date - one.arrival_date).days < 700:
                decide_event(one, decision=step, actor="ana", now=lab.now)
    elif step == "fail":
        lab.fail()
    else:
        lab.feed.mass_absence_allowed = True
        lab.feed.save()


def check(lab: FeedLab) -> None:
    linked = list(
        FeedEvent.objects.filter(feed=lab.feed, stay__isnull=False).values_list("stay_id", flat=True)
    )
    assert len(linked) == len(set(linked))
    for stay in Stay.objects.filter(unit=lab.feed.unit, status=StayStatus.CANCELLED):
        assert stay.cancelled_at is not None
        if stay.cancel_reason == CancelReason.ABSENCE:
            assert stay.arrival_date > stay.cancelled_at.date()
