"""Messages to guests: at their time, with the codes of that moment, once."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.backups import pull_backup
from access.enums import EventType, MessageKind, SendStatus
from access.issuing import issue_new_pin
from access.messaging import occasions, sending
from access.messaging.defaults.shapes import Text
from access.messaging.sending import CLAIM, send_by_hand
from access.messaging.sweeping import note_due, sweep_messages
from access.messaging.templates import add_usual, save_template, sweep_usual
from access.models import (
    AccessCode,
    AccessGrant,
    Event,
    GuestPass,
    Message,
    MessageChannel,
    MessageTemplate,
)
from access.passes import renew_pass, revoke_pass
from access.running.changes import Changes, write_changes
from access.running.evidence import keep_assigned_pin
from locks.drivers.virtual.models import VirtualCode
from properties.booking import GuestDetails, cancel_stay, override_times
from properties.enums import CancelReason
from properties.models import Guest, Stay
from tests.access.backups.conftest import with_pool
from tests.access.messaging.conftest import Service, book, switch_on
from tests.factories import make_workspace, virtual_door
from tests.stack.house import DAY, HOUR, MINUTE, House, step

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVAL = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
DEPARTURE = dt.datetime(2027, 3, 9, 10, tzinfo=dt.UTC)


def sweep() -> None:
    sweep_messages(now=timezone.now())


def at(house: House, moment: dt.datetime) -> None:
    house.at(moment)
    sweep()


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


def test_usual_templates_are_there_and_switched_off() -> None:
    workspace = make_workspace()

    assert sweep_usual() == 6
    assert sweep_usual() == 0
    assert add_usual(workspace) == 0
    assert not MessageTemplate.objects.exclude(active_since=None).exists()
    assert MessageTemplate.objects.get(kind="confirmed").texts.count() == 4


def test_nothing_is_sent_while_nothing_is_switched_on(house: House) -> None:
    book(house)
    at(house, ARRIVAL)

    assert mail.outbox == []


def test_confirmation_is_sent_once_with_the_link(house: House) -> None:
    switch_on(house, "confirmed")
    stay = book(house)
    for _ in range(3):
        sweep()

    [sent] = mail.outbox
    assert sent.to == ["imogen@example.org"]
    assert str(sent.subject) == "Your stay at Harbour House"
    assert "Hello Imogen," in sent.body
    assert "from Friday 5 March, 15:00 to Tuesday 9 March, 11:00" in sent.body
    assert f"http://localhost:8000/g/{GuestPass.objects.get(stay=stay).token}/" in sent.body
    row = Message.objects.get()
    assert (row.status, row.body) == (SendStatus.SENT, sent.body)


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Guten Tag"), ("fr", "Bonjour"), ("es", "Hola"), ("nl", "Hello")]
)
def test_guest_is_written_to_in_the_own_language(house: House, language: str, words: str) -> None:
    switch_on(house, "confirmed")
    book(house, guest=GuestDetails(name="Ada", email="ada@example.org", language=language))
    sweep()

    assert words in mail.outbox[0].body


def test_messages_come_at_their_times(house: House) -> None:
    switch_on(house, "before_arrival", "check_out")
    book(house)
    at(house, ARRIVAL - DAY - MINUTE)
    assert subjects() == []
    at(house, ARRIVAL - DAY)
    assert subjects() == ["Your arrival at Harbour House"]
    at(house, DEPARTURE - 15 * HOUR)
    assert subjects()[1:] == ["Your departure from Harbour House"]
    at(house, DEPARTURE)
    assert len(subjects()) == 2


def test_message_of_a_moved_stay_is_sent_for_its_new_arrival(house: House) -> None:
    switch_on(house, "before_arrival")
    stay = book(house)
    at(house, ARRIVAL - DAY)
    from tests.factories import make_stay

    make_stay(
        house.unit,
        external_id=stay.external_id,
        arrival_date=dt.date(2027, 3, 20),
        guest=GuestDetails(name="Imogen Varga", email="imogen@example.org"),
        now=timezone.now(),
    )
    at(house, ARRIVAL)
    assert len(subjects()) == 1
    at(house, ARRIVAL + 14 * DAY)

    assert len(subjects()) == 2
    assert "Saturday 20 March" in mail.outbox[1].body


def test_extension_makes_no_message_of_the_arrival_anew(house: House) -> None:
    stay = book(house)
    house.at(ARRIVAL - 2 * HOUR)
    switch_on(house, "before_arrival")
    house.at(ARRIVAL - HOUR)
    book(house, external_id=stay.external_id, departure_date=dt.date(2027, 3, 11))
    sweep()

    assert subjects() == []


def test_after_an_outage_nothing_is_sent_stupidly_late(house: House) -> None:
    switch_on(house, "before_arrival", "check_out")
    book(house)

    at(house, ARRIVAL - 10 * HOUR)  # down from 24 to 10 hours before
    at(house, DEPARTURE + HOUR)

    assert subjects() == []


def test_code_ready_waits_until_the_lock_holds_it(house: House) -> None:
    switch_on(house, "code_ready")
    stay = book(house)
    sweep()
    assert subjects() == []

    at(house, ARRIVAL - 2 * DAY)

    [sent] = mail.outbox
    assert f"your code is on the lock: {house.pin_of(stay)}" in sent.body
    assert AccessGrant.objects.get().revealed_at is not None
    assert Event.objects.get(type=EventType.PIN_REVEALED).actor == "Message “Code ready”"
    at(house, ARRIVAL)
    assert len(subjects()) == 1


def test_new_code_is_told_once_to_whom_the_former_was_told(house: House) -> None:
    switch_on(house, "code_ready", "code_changed")
    stay = book(house)
    at(house, ARRIVAL - 2 * DAY)
    first = house.pin_of(stay)
    house.travel.shift(HOUR)
    issue_new_pin(AccessGrant.objects.get(), actor="test", now=timezone.now())
    step(house, 2)
    for _ in range(3):
        sweep()

    assert subjects() == ["Your code for Harbour House", "Your new code for Harbour House"]
    assert house.pin_of(stay) in mail.outbox[1].body
    assert first not in mail.outbox[1].body


def test_pin_that_the_lock_chose_anew_is_told_like_any_other(house: House) -> None:
    """The code stays the same row: nothing was declared."""
    switch_on(house, "code_ready", "code_changed")
    book(house)
    at(house, ARRIVAL - 2 * DAY)
    house.travel.shift(HOUR)
    code, changes, place = AccessCode.objects.get(), Changes(), VirtualCode.objects.get()
    place.pin = "8036427"[: len(place.pin or "")]
    place.save()
    keep_assigned_pin(code, place.pin, changes, now=timezone.now())
    write_changes([changes])
    step(house, 2)
    for _ in range(3):
        sweep()

    assert subjects() == ["Your code for Harbour House", "Your new code for Harbour House"]
    assert place.pin in mail.outbox[1].body


def test_code_that_nobody_was_told_changes_in_silence(house: House) -> None:
    switch_on(house, "code_changed")
    book(house)
    house.at(ARRIVAL - 2 * DAY)
    issue_new_pin(AccessGrant.objects.get(), actor="test", now=timezone.now())
    step(house, 2)
    sweep()

    assert subjects() == []


def test_no_word_of_a_backup_while_the_first_code_works(house: House) -> None:
    """Given in vain by the sweep: the guest's own code opens."""
    with_pool(house, 2)
    switch_on(house, "backup_given")
    book(house)
    step(house, 3)
    house.at(ARRIVAL)
    code = AccessCode.objects.get(is_backup=False)
    pull_backup(code, actor="Keyturn", now=timezone.now())
    for _ in range(3):
        sweep()

    assert subjects() == []


def test_backup_that_was_given_by_a_person_is_told_once_with_its_code(house: House) -> None:
    with_pool(house, 2)
    switch_on(house, "backup_given")
    book(house)
    step(house, 3)
    house.at(ARRIVAL)
    code = AccessCode.objects.get(is_backup=False)
    given = pull_backup(code, actor="manager@example.org", now=timezone.now())
    for _ in range(3):
        sweep()

    [sent] = mail.outbox
    assert str(given.pin) in sent.body


@pytest.mark.parametrize("why", ["cancelled", "held", "no address", "revoked link"])
def test_nobody_is_written_to_who_should_not_be(house: House, why: str) -> None:
    switch_on(house, "before_arrival", "code_ready")
    stay = book(house)
    match why:
        case "cancelled":
            cancel_stay(stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())
        case "held":
            Stay.objects.update(hold_access=True)
        case "no address":
            Guest.objects.update(email="")
        case "revoked link":
            revoke_pass(stay, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY)
    at(house, ARRIVAL - DAY + 7 * HOUR)

    assert subjects() == []


def test_message_that_no_longer_holds_is_left_out_and_says_why(house: House) -> None:
    switch_on(house, "before_arrival")
    stay = book(house)
    revoke_pass(stay, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY)
    assert Message.objects.get().status == SendStatus.PENDING
    cancel_stay(stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY + 2 * MINUTE)

    row = Message.objects.get()
    assert (row.status, row.reason) == (
        SendStatus.SKIPPED,
        "It no longer holds: the stay, its code or the template changed.",
    )


def test_message_waits_for_a_short_hold_and_is_sent_then(house: House) -> None:
    switch_on(house, "before_arrival")
    stay = book(house)
    revoke_pass(stay, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY)
    Stay.objects.update(hold_access=True)
    renew_pass(stay, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY + 2 * MINUTE)
    assert (Message.objects.get().status, Message.objects.get().reason) == ("pending", sending.NOT_NOW)
    Stay.objects.update(hold_access=False)
    at(house, ARRIVAL - DAY + 4 * MINUTE)

    assert len(subjects()) == 1


def test_message_of_a_stay_that_moved_meanwhile_does_not_wait(house: House) -> None:
    switch_on(house, "before_arrival")
    stay = book(house)
    revoke_pass(stay, actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY)
    book(house, external_id=stay.external_id, arrival_date=dt.date(2027, 3, 20))
    at(house, ARRIVAL - DAY + 2 * MINUTE)

    assert Message.objects.get().status == SendStatus.SKIPPED


class Broken(EmailBackend):
    """A mail server that cannot be reached, refuses, or breaks off after the message was handed over."""

    failure: Exception | None = None
    when = "send"

    def open(self) -> bool:
        if Broken.failure is not None and Broken.when == "open":
            raise Broken.failure
        return True

    def send_messages(self, email_messages: Any) -> int:
        if Broken.failure is not None and Broken.when == "send":
            raise Broken.failure
        return super().send_messages(email_messages)


@pytest.fixture
def broken(settings: Any) -> Any:
    settings.EMAIL_BACKEND = "tests.access.messaging.test_messages.Broken"
    yield Broken
    Broken.failure = None


@pytest.mark.parametrize(
    ("when", "failure"),
    [
        ("open", ConnectionRefusedError()),
        ("send", smtplib.SMTPRecipientsRefused({})),
        ("send", smtplib.SMTPDataError(451, b"later")),
    ],
)
def test_what_surely_failed_is_tried_again_with_the_code_of_then(
    house: House, broken: Any, when: str, failure: Exception
) -> None:
    switch_on(house, "code_ready")
    stay = book(house)
    broken.when, broken.failure = when, failure
    at(house, ARRIVAL - 2 * DAY)
    assert (Message.objects.get().status, Message.objects.get().attempts) == (SendStatus.PENDING, 1)
    issue_new_pin(AccessGrant.objects.get(), actor="test", now=timezone.now())
    step(house, 2)
    broken.failure = None
    sweep()

    assert house.pin_of(stay) in mail.outbox[0].body
    assert Message.objects.get().status == SendStatus.SENT


def test_what_may_have_arrived_is_not_sent_again(house: House, broken: Any) -> None:
    switch_on(house, "confirmed")
    book(house)
    broken.when, broken.failure = "send", TimeoutError()
    sweep()
    broken.failure = None
    at(house, timezone.now() + HOUR)

    assert Message.objects.get().status == SendStatus.UNCERTAIN
    assert mail.outbox == []


def test_hopeless_message_is_given_up(house: House, broken: Any) -> None:
    switch_on(house, "confirmed")
    book(house)
    broken.when, broken.failure = "open", ConnectionRefusedError()
    for _ in range(8):
        house.travel.shift(3 * HOUR)
        sweep()

    row = Message.objects.get()
    assert (row.status, row.reason) == (SendStatus.FAILED, "ConnectionRefusedError")


class Killed(BaseException):
    """The process is gone."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.sampled_from(["_claim", "carry", "_settle", "after carry", ""]), max_size=4))
def test_killed_anywhere_it_is_never_sent_twice(
    house: House, monkeypatch: pytest.MonkeyPatch, kills: list[str]
) -> None:
    Message.objects.all().delete()
    Stay.objects.update(status="cancelled")
    mail.outbox.clear()
    switch_on(house, "confirmed")
    stay = book(house, arrival_date=dt.date(2027, 4, 5))
    for kill in [*kills, "", ""]:
        with monkeypatch.context() as patched:
            kill_at(patched, kill)
            with contextlib.suppress(Killed):
                sweep()
        house.travel.shift(CLAIM + MINUTE)

    row = Message.objects.get(stay=stay)
    assert len(mail.outbox) <= 1
    assert row.status in (SendStatus.SENT, SendStatus.UNCERTAIN)
    if row.status == SendStatus.SENT:
        assert len(mail.outbox) == 1


def kill_at(patched: pytest.MonkeyPatch, where: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    def die_after(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    real = sending.carry
    if where == "after carry":
        patched.setattr(sending, "carry", die_after)
    elif where:
        patched.setattr(sending, where, die)


def test_message_by_hand_is_sent_whatever_was_sent_before(house: House) -> None:
    switch_on(house, "confirmed")
    stay = book(house)
    sweep()
    template = MessageTemplate.objects.get(kind="confirmed")
    send_by_hand(stay, template, now=timezone.now())
    sweep()

    assert len(mail.outbox) == 2


def test_message_by_hand_is_not_doubled_while_it_is_on_its_way(house: House) -> None:
    stay = book(house)
    template = MessageTemplate.objects.get(workspace=stay.workspace, kind="confirmed")
    first = send_by_hand(stay, template, now=timezone.now())
    assert send_by_hand(stay, template, now=timezone.now()) == first
    Message.objects.update(status=SendStatus.SENDING)
    assert send_by_hand(stay, template, now=timezone.now()) == first
    Message.objects.update(status=SendStatus.SENT)

    assert send_by_hand(stay, template, now=timezone.now()) != first


def test_message_by_hand_takes_the_one_that_is_due_with_it(house: House) -> None:
    switch_on(house, "confirmed")
    stay = book(house)
    note_due(now=timezone.now())
    template = MessageTemplate.objects.get(workspace=stay.workspace, kind="confirmed")
    send_by_hand(stay, template, now=timezone.now())
    sweep()

    assert len(mail.outbox) == 1


def test_guest_is_reached_by_what_apprise_knows(house: House, service: Service) -> None:
    switch_on(house, "confirmed")
    workspace = house.unit.property.workspace
    channel = MessageChannel.objects.create(
        workspace=workspace, name="Text message", address=f"{service.address}/send?to={{phone}}"
    )
    MessageTemplate.objects.update(channel=channel)
    book(house, guest=GuestDetails(name="Ada", phone="+41 44 668 18 00"))
    sweep()
    sweep()

    [told] = service.received
    assert told["title"] == "Your stay at Harbour House"
    row = Message.objects.get()
    assert (row.status, row.recipient) == (SendStatus.SENT, "Text message: +41 44 668 18 00")


def test_guest_without_a_phone_is_not_sent_a_text_message(house: House, service: Service) -> None:
    switch_on(house, "confirmed")
    channel = MessageChannel.objects.create(
        workspace=house.unit.property.workspace, name="SMS", address=f"{service.address}/{{phone}}"
    )
    MessageTemplate.objects.update(channel=channel)
    book(house)
    sweep()

    assert service.received == []


def test_guests_without_an_address_do_not_keep_others_from_theirs(
    house: House, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    switch_on(house, "confirmed")
    book(house, external_id="a", guest=GuestDetails(name="Ida"))
    book(
        house,
        external_id="b",
        guest=GuestDetails(name="Ada", email="ada@example.org", phone="+41 44 668 18 00"),
        arrival_date=dt.date(2027, 3, 20),
    )
    monkeypatch.setattr(occasions, "BATCH", 1)
    sweep()
    assert len(subjects()) == 1
    Message.objects.all().delete()
    channel = MessageChannel.objects.create(
        workspace=house.unit.property.workspace, name="SMS", address=f"{service.address}/{{phone}}"
    )
    MessageTemplate.objects.update(channel=channel)
    sweep()

    assert len(service.received) == 1


def test_service_is_not_followed_to_where_it_sends_on(house: House, service: Service) -> None:
    switch_on(house, "confirmed")
    service.status = 307
    channel = MessageChannel.objects.create(
        workspace=house.unit.property.workspace, name="SMS", address=f"{service.address}?redirect=yes"
    )
    MessageTemplate.objects.update(channel=channel)
    book(house)
    sweep()

    assert len(service.received) == 1
    assert Message.objects.get().status == SendStatus.PENDING


def test_what_is_sent_is_in_no_log(house: House, service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    switch_on(house, "code_ready")
    channel = MessageChannel.objects.create(
        workspace=house.unit.property.workspace, name="SMS", address=f"{service.address}/s3cret"
    )
    MessageTemplate.objects.update(channel=channel)
    stay = book(house)
    for status in (500, 200):
        service.status = status
        at(house, ARRIVAL - 2 * DAY + status * MINUTE)
    logged = "".join(capfd.readouterr())

    assert house.pin_of(stay) in service.received[-1]["message"]
    assert f"on the lock: {house.pin_of(stay)}" not in logged
    assert "s3cret" not in logged
    assert not logging.getLogger("apprise").propagate


@pytest.mark.parametrize(("status", "deaf", "fate"), [(500, False, "pending"), (200, True, "uncertain")])
def test_service_that_refuses_or_breaks_off(
    house: House, service: Service, status: int, deaf: bool, fate: str
) -> None:
    switch_on(house, "confirmed")
    service.status, service.deaf = status, deaf
    channel = MessageChannel.objects.create(
        workspace=house.unit.property.workspace, name="SMS", address=service.address
    )
    MessageTemplate.objects.update(channel=channel)
    book(house)
    sweep()

    assert Message.objects.get().status == fate


def test_early_check_in_is_told_as_it_is_at_the_moment_of_sending(house: House) -> None:
    switch_on(house, "before_arrival")
    stay = book(house)
    override_times(stay, check_in=dt.time(13), actor="test", now=timezone.now())
    at(house, ARRIVAL - DAY)

    assert "from Friday 5 March, 13:00" in mail.outbox[0].body


def test_no_code_is_in_the_clear_in_the_database(house: House) -> None:
    from django.db import connection

    switch_on(house, "code_ready")
    stay = book(house)
    at(house, ARRIVAL - 2 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM access_message m")
        [(row,)] = cursor.fetchall()

    assert house.pin_of(stay) not in row.replace(stay.starts_at.isoformat(), "")
    assert "imogen@" not in row


def tell_backups_after(house: House, minutes: int) -> None:
    switch_on(house, "backup_given")
    template = MessageTemplate.objects.get(kind=MessageKind.BACKUP_GIVEN)
    texts = {one.language: Text(one.subject, one.body) for one in template.texts.all()}
    save_template(
        template, name=template.name, kind=template.kind, anchor="event", offset_minutes=minutes, channel=None,
        texts=texts,
    )  # fmt: skip


def test_backup_message_waits_as_long_as_its_template_says(house: House) -> None:
    with_pool(house, 2)
    tell_backups_after(house, 20)
    book(house)
    step(house, 3)
    house.at(ARRIVAL)
    pull_backup(AccessCode.objects.get(is_backup=False), actor="manager@example.org", now=timezone.now())
    told = []
    for minutes in (0, 19, 21, 60):
        house.at(ARRIVAL + dt.timedelta(minutes=minutes))
        sweep()
        told.append(len(mail.outbox))

    assert told == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("second_by", "told_by_then"), [("Keyturn", [0, 0, 1, 1, 1]), ("manager@example.org", [0, 0, 1, 2, 2])]
)
def test_waiting_backup_message_is_not_lost_when_another_door_gets_a_backup(
    house: House, second_by: str, told_by_then: list[int]
) -> None:
    """By itself, beside a code that works: nothing to say of that one. By a person: each door is told of."""
    with_pool(house, 2)
    front = house.doors[0].device_id
    house.doors.append(
        virtual_door(house.unit.property, brand="schlage", name="Back door", now=timezone.now())
    )
    tell_backups_after(house, 20)
    book(house)
    step(house, 3)
    house.at(ARRIVAL + MINUTE)
    own = AccessCode.objects.filter(is_backup=False)
    given = pull_backup(own.get(device=front), actor="manager@example.org", now=timezone.now())
    house.at(ARRIVAL + 10 * MINUTE)
    pull_backup(own.exclude(device=front).get(), actor=second_by, now=timezone.now())
    told = []
    for minutes in (11, 20, 22, 31, 60):
        house.at(ARRIVAL + minutes * MINUTE)
        sweep()
        told.append(len(mail.outbox))

    assert told == told_by_then
    assert str(given.pin) in mail.outbox[0].body


def test_noted_backup_message_is_judged_by_its_own_backup_when_it_is_sent(house: House) -> None:
    """Noted, and before it goes out another door gets a backup."""
    with_pool(house, 2)
    front = house.doors[0].device_id
    house.doors.append(
        virtual_door(house.unit.property, brand="schlage", name="Back door", now=timezone.now())
    )
    switch_on(house, "backup_given")
    book(house)
    step(house, 3)
    house.at(ARRIVAL)
    own = AccessCode.objects.filter(is_backup=False)
    pull_backup(own.get(device=front), actor="manager@example.org", now=timezone.now())
    note_due(now=timezone.now())
    house.at(ARRIVAL + MINUTE)
    pull_backup(own.exclude(device=front).get(), actor="manager@example.org", now=timezone.now())
    for _ in range(3):
        sweep()

    assert [one.status for one in Message.objects.order_by("pk")] == [SendStatus.SENT, SendStatus.SENT]


def test_only_a_message_about_a_backup_may_wait_for_its_event(house: House) -> None:
    switch_on(house, "code_ready")
    template = MessageTemplate.objects.get(kind=MessageKind.CODE_READY)
    texts = {one.language: Text(one.subject, one.body) for one in template.texts.all()}

    save_template(
        template, name=template.name, kind=template.kind, anchor="event", offset_minutes=20, channel=None, texts=texts
    )  # fmt: skip

    assert template.offset_minutes == 0
