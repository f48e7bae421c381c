from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone
from django_q.models import Schedule

from access.messaging.occasions import wanted_now
from access.models import Message, MessageTemplate
from access.schedules import ensure_schedules
from access.tasks import send_alerts, send_messages, tell_people
from tests.access.messaging.conftest import book, switch_on
from tests.stack.house import House

pytestmark = pytest.mark.django_db(transaction=True)


def test_people_are_told_each_minute_on_the_slow_cluster(house: House) -> None:
    ensure_schedules()
    schedule = Schedule.objects.get(func="access.tasks.tell_people")
    assert (schedule.minutes, schedule.cluster) == (1, "slow")
    switch_on(house, "confirmed")
    book(house)

    tell_people()
    tell_people()

    assert len(mail.outbox) == 1
    assert (send_alerts(), send_messages()) == (0, 0)


def test_stays_that_were_told_do_not_keep_others_from_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a batch of them, all with an earlier arrival."""
    from access.messaging import occasions

    monkeypatch.setattr(occasions, "BATCH", 1)
    switch_on(house, "confirmed", "before_arrival", "check_out")
    first = book(house, arrival_date=dt.date(2027, 3, 2))
    for kind, occasion in (
        ("confirmed", "confirmed"),
        ("before_arrival", "arrival 2027-03-02"),
        ("check_out", "departure 2027-03-06"),
    ):
        template = MessageTemplate.objects.select_related("workspace", "channel").get(kind=kind)
        Message.objects.create(stay=first, template=template, occasion=occasion, due_at=timezone.now())
        assert list(wanted_now(template, now=timezone.now())) == []
    second = book(house, arrival_date=dt.date(2027, 3, 2))

    template = MessageTemplate.objects.select_related("workspace", "channel").get(kind="confirmed")
    assert [one.stay for one in wanted_now(template, now=timezone.now())] == [second]
