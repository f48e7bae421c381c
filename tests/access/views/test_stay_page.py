"""The page of a stay: its window taken apart, the way of each code, who saw it, entries, evidence, two who edit it."""

from __future__ import annotations

import datetime as dt
import html as entities
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.declaring import declare_stay
from access.enums import Anchor, AttemptType, EventType, MessageKind, PassDeed, SendStatus
from access.events import record_code_event, record_device_event
from access.models import (
    AccessCode,
    AccessGrant,
    ActionAttempt,
    Event,
    GuestPass,
    Message,
    MessageTemplate,
    PassUse,
)
from access.passes.doing import GUEST
from locks.models import Account, Device
from properties.booking import GuestDetails, change_property_rules, override_times
from properties.models import Stay
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, version_in
from tests.pages import text_of as raw_text_of
from tests.world import PIN, World

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def text_of(answer: Any) -> str:
    return entities.unescape(raw_text_of(answer))


def address(name: str, stay: Stay) -> str:
    return reverse(name, args=[stay.public_id])


def times(stay: Stay, check_in: str = "", check_out: str = "") -> dict[str, str]:
    """What a browser sends of the form as it is now."""
    stay.refresh_from_db()
    return {"check_in": check_in, "check_out": check_out, "seen_revision": str(stay.revision)}


def messages_of(answer: Any) -> str:
    return " ".join(str(one) for one in answer.context["messages"])


def test_base_buffers_and_override_stand_apart_each_with_its_origin(owner: Client, world: World) -> None:
    place = make_property(world.workspace, name="Mill", buffer_before=30, buffer_after=90)
    stay = make_stay(make_unit(place), check_out_time=dt.time(10))
    owner.post(address("stay-times", stay), times(stay, "13:00"))

    answer = owner.get(address("stay-detail", stay))

    assert_is_page(answer)
    page, html = text_of(answer), answer.content.decode()
    assert "Usual times 15:00 replaced 11:00 replaced Mill" in page
    assert "Of this booking as above 10:00 Calendar" in page
    assert f"Agreed instead 13:00 as above {world.owner.email} Mon 1 Mar, 12:00 UTC" in page
    assert "Buffers 30 min before 1 h 30 min after Mill" in page
    assert "Doors open Fri 5 Mar, 12:30 UTC Tue 9 Mar, 11:30 UTC" in page
    for part in (
        "Buffer 30 min from Fri 5 Mar, 12:30 UTC",
        "Early check-in 2 h from Fri 5 Mar, 13:00 UTC",
        "Stay 4 nights from Fri 5 Mar, 15:00 UTC",
        "Buffer 1 h 30 min from Tue 9 Mar, 10:00 UTC",
        "Closed from Tue 9 Mar, 11:30 UTC",
    ):
        assert part in page
    assert f'href="{reverse("property-edit", args=[place.public_id])}#id_buffer_before"' in html
    assert f'href="{address("stay-edit", stay)}#id_check_in_time"' in html


def test_agreed_times_are_taken_back_by_one_click(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))
    owner.post(address("stay-times", stay), times(stay, "13:00", "12:30"))
    stay.refresh_from_db()
    page = owner.get(address("stay-detail", stay)).content.decode()
    assert "Back to the times as booked" in page

    owner.post(address("stay-times", stay), {"seen_revision": str(stay.revision)})

    stay.refresh_from_db()
    assert (stay.override_check_in_time, stay.override_check_out_time) == (None, None)
    assert "Back to the times as booked" not in owner.get(address("stay-detail", stay)).content.decode()


def test_second_of_two_who_agree_on_times_is_told(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))
    old = times(stay, "12:00", "12:30")
    override_times(stay, check_in=dt.time(14), actor="ana@example.org", now=NOW)

    refused = owner.post(address("stay-times", stay), old)

    assert_is_page(refused, status=422)
    page, html = text_of(refused), refused.content.decode()
    assert "The times of this stay were changed while you wrote; nothing was saved." in page
    assert "Now “14:00”, changed by ana@example.org." in page
    assert 'value="12:00"' in html
    assert 'value="12:30"' in html
    assert "Early check-in 1 h from Fri 5 Mar, 14:00 UTC" in page
    stay.refresh_from_db()
    assert stay.override_check_in_time == dt.time(14)

    again = {**old, "seen_revision": str(refused.context["times_form"]["seen_revision"].value())}
    owner.post(address("stay-times", stay), again)
    stay.refresh_from_db()
    assert (stay.override_check_in_time, stay.override_check_out_time) == (dt.time(12), dt.time(12, 30))


def test_times_form_without_what_it_was_built_on_is_refused(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))

    answer = owner.post(address("stay-times", stay), {"check_in": "13:00"})

    assert_is_page(answer, status=422)
    assert "This form is incomplete." in text_of(answer)
    assert 'value="13:00"' in answer.content.decode()


def test_change_of_the_propertys_buffers_does_not_refuse_agreed_times(owner: Client, world: World) -> None:
    place = make_property(world.workspace)
    stay = make_stay(make_unit(place))
    sent = times(stay, "13:00")
    change_property_rules(place, actor="ana", now=NOW, buffer_before=15)

    assert owner.post(address("stay-times", stay), sent).status_code == 302


def test_times_that_leave_no_window_are_refused_and_kept(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, arrival_date=dt.date(2027, 3, 21), departure_date=dt.date(2027, 3, 22))
    Stay.objects.filter(pk=stay.pk).update(departure_date=stay.arrival_date)

    answer = owner.post(address("stay-times", stay), times(stay, "18:00", "09:00"))

    assert_is_page(answer, status=422)
    assert 'value="18:00"' in answer.content.decode()


def test_second_of_two_who_hold_or_cancel_is_told(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))
    said = [messages_of(owner.post(address("stay-hold", stay), {"held": "1"}, follow=True)) for _ in range(2)]
    said += [messages_of(owner.post(address("stay-cancel", stay), follow=True)) for _ in range(2)]

    assert "held back" in said[0]
    assert said[1] == "Somebody did that meanwhile; nothing was changed."
    assert said[2].startswith("Cancelled.")
    assert said[3] == "It was cancelled already, meanwhile."


def test_second_of_two_who_issue_a_new_code_replaces_nothing(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit)
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    asked = owner.get(address("stay-new-code", stay)).content.decode()
    found = re.search(r'name="issue" value="([^"]+)"', asked)
    assert found is not None
    first = owner.post(address("stay-new-code", stay), {"issue": found[1]}, follow=True)
    pin = AccessGrant.objects.get(stay=stay, revoked_at=None).pin

    second = owner.post(address("stay-new-code", stay), {"issue": found[1]}, follow=True)

    assert "A new code is on its way" in messages_of(first)
    assert f"{world.owner.email} issued a new code meanwhile" in messages_of(second)
    assert AccessGrant.objects.get(stay=stay, revoked_at=None).pin == pin


def test_new_code_is_not_issued_by_a_form_that_names_no_former_one(owner: Client, world: World) -> None:
    answer = owner.post(address("stay-new-code", world.stay), follow=True)

    assert "This form is incomplete." in messages_of(answer)
    assert not Event.objects.filter(type=EventType.PIN_ISSUED).exists()


def test_code_that_one_lock_chose_leaves_the_looks_at_the_others(owner: Client, world: World) -> None:
    asked = owner.get(address("stay-new-code", world.stay)).content.decode()
    found = re.search(r'name="issue" value="([^"]+)"', asked)
    assert found is not None
    owner.post(address("stay-reveal", world.stay))
    record_code_event(world.code, EventType.PIN_ISSUED, now=NOW + MINUTE, reason="the lock chose another one")

    for name in ("stay-detail", "stay-proof"):
        page = text_of(owner.get(address(name, world.stay)))
        assert "Nobody was shown it" not in page
        assert "Quay door: the lock chose another code Mon 1 Mar, 12:01 UTC" in page
    answer = owner.post(address("stay-new-code", world.stay), {"issue": found[1]}, follow=True)
    assert "A new code is on its way" in messages_of(answer)


def test_way_of_a_code_tells_what_is_confirmed_and_what_not(owner: Client, world: World) -> None:
    sent = NOW - 5 * MINUTE
    record_code_event(
        world.code, EventType.CODE_SCHEDULED, now=NOW - 3 * MINUTE, sent_at=sent.isoformat(), commands=1
    )
    page = text_of(owner.get(address("stay-detail", world.stay)))
    assert "Sent Mon 1 Mar, 11:55 UTC" in page
    assert "Seen on the lock Mon 1 Mar, 11:57 UTC" in page

    AccessCode.objects.filter(pk=world.code.pk).update(seen="absent", confirmed_at=None, failures=5)
    Event.objects.filter(access_code=world.code).delete()
    page = text_of(owner.get(address("stay-detail", world.stay)))

    assert "Seen on the lock not confirmed" in page
    assert "battery 80 %" in page


def test_first_and_last_entry_are_told_where_the_lock_names_the_code(owner: Client, world: World) -> None:
    page = text_of(owner.get(address("stay-detail", world.stay)))
    assert "First entry not yet" in page
    for at in (NOW + 30 * HOUR, NOW + 40 * HOUR):
        record_code_event(world.code, EventType.LOCK_UNLOCKED, now=at, actor="", method="keycode")

    page = text_of(owner.get(address("stay-detail", world.stay)))

    assert "First entry Tue 2 Mar, 18:00 UTC 2 entries by the guest's code" in page
    assert "Last entry Wed 3 Mar, 04:00 UTC" in page
    assert "Opened by the guest's code" in page


def test_entry_is_not_known_where_the_lock_names_no_code(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    door = virtual_door(unit, "nuki", name="Yard gate")
    stay = make_stay(unit, arrival_date=NOW.date() - dt.timedelta(days=1))
    declare_stay(stay.pk, now=NOW)
    page = text_of(owner.get(address("stay-detail", stay)))
    assert "First entry not known Yard gate: not told which code opens" in page

    Event.objects.create(
        workspace=world.workspace,
        type=EventType.LOCK_UNLOCKED,
        occurred_at=NOW - HOUR,
        device=door.device,
        data={"method": "keycode"},
    )
    page = text_of(owner.get(address("stay-detail", stay)))

    assert "First entry not known some code opened Mon 1 Mar, 11:00 UTC" in page
    assert "Not told by the lock" in page


def test_page_says_who_saw_the_present_code(owner: Client, world: World) -> None:
    assert "Nobody was shown it so far." in text_of(owner.get(address("stay-detail", world.stay)))
    for _ in range(2):
        owner.post(address("stay-reveal", world.stay))
    shown = text_of(owner.post(address("stay-reveal", world.stay), headers=HTMX))

    assert f"Seen by: {world.owner.email} , 3 times, last" in shown
    owner.post(address("stay-new-code", world.stay), {"issue": "first"})
    page = text_of(owner.get(address("stay-detail", world.stay)))
    assert f"issued by {world.owner.email}" in page


def test_messages_can_be_sent_again_but_not_to_a_cancelled_stay(owner: Client, world: World) -> None:
    message = world.told.message
    again = reverse("message-again", args=[message.public_id])
    Message.objects.filter(pk=message.pk).update(status=SendStatus.FAILED, reason="no such address")
    page = owner.get(address("stay-detail", world.stay))
    assert again in page.content.decode()
    assert "no such address" in text_of(page)

    owner.post(address("stay-cancel", world.stay))

    assert again not in owner.get(address("stay-detail", world.stay)).content.decode()


def test_evidence_is_narrowed_to_what_is_asked_for(owner: Client, world: World) -> None:
    def lines(show: str) -> str:
        page = text_of(owner.get(address("stay-detail", world.stay), {"show": show}))
        return page.partition("What happened, newest first")[2]

    owner.post(address("stay-reveal", world.stay))
    every, codes, told = lines("nonsense"), lines("codes"), lines("told")

    for one in ("Code active on the lock", "Code shown", "Message sent", "Stay created"):
        assert one in every
    assert "Code active on the lock" in codes
    assert "Code shown" not in codes
    assert "Message sent" in told
    assert "Guest's link made" in told
    assert "Stay created" not in told
    assert "Stay created" in lines("booking")


def test_evidence_tells_of_the_lock_but_not_of_other_guests(owner: Client, world: World) -> None:
    other = make_stay(world.unit, arrival_date=NOW.date() + dt.timedelta(days=30))
    declare_stay(other.pk, now=NOW)
    code = AccessCode.objects.get(grant__stay=other)
    begins = world.stay.starts_at
    record_code_event(code, EventType.LOCK_UNLOCKED, now=begins, actor="Otto's code", method="keycode")
    for kind, at in (
        (EventType.DEVICE_DISCONNECTED, begins + HOUR),
        (EventType.LOCK_DENIED, begins + 2 * HOUR),
        (EventType.DEVICE_DISCONNECTED, begins - dt.timedelta(days=9)),
    ):
        Event.objects.create(workspace=world.workspace, type=kind, occurred_at=at, device=world.device)

    page = text_of(owner.get(address("stay-detail", world.stay)))

    assert page.count("Lock offline") == 1
    assert "Entry refused" in page
    assert "Otto" not in page


def test_evidence_tells_of_this_guests_pass_and_of_no_other(owner: Client, world: World) -> None:
    def opened(actor: str, guest_pass: GuestPass | None, *, minutes: int) -> None:
        attempt = ActionAttempt.objects.create(
            device=world.device, type=AttemptType.UNLOCK_DOOR, requested_by=actor, requested_at=NOW
        )
        if guest_pass is not None:
            PassUse.objects.create(
                guest_pass=guest_pass, deed=PassDeed.UNLOCK, at=NOW, device=world.device, attempt=attempt
            )
        record_device_event(
            world.device,
            EventType.ATTEMPT_UNLOCK_OK,
            now=world.stay.starts_at + minutes * MINUTE,
            actor=actor,
            action_attempt_id=str(attempt.public_id),
        )

    other = make_stay(world.unit, arrival_date=NOW.date() + dt.timedelta(days=30))
    others = GuestPass.objects.create(stay=other, token="t", token_hash="t", made_by="Keyturn", made_at=NOW)
    opened(GUEST, others, minutes=1)
    opened(GUEST, world.told.guest_pass, minutes=2)
    opened("ana@example.org", None, minutes=3)

    page = text_of(owner.get(address("stay-detail", world.stay)))

    assert page.count("Unlocking done") == 2
    assert page.count(GUEST) == 1
    assert "15:02:00 UTC Unlocking done" in page
    assert "ana@example.org" in page


def test_poll_brings_every_part_that_moves_and_no_form(owner: Client, world: World) -> None:
    version = version_in(owner.get(address("stay-detail", world.stay)))
    record_code_event(world.code, EventType.CODE_SET, now=NOW)

    answer = owner.get(address("stay-detail", world.stay), {"v": version, "show": "codes"}, headers=HTMX)

    html = answer.content.decode()
    assert html.count('data-hx-swap-oob="true"') == 5
    for part in ("stay-strip", "code-seen", "window-lines", "message-lines", "evidence"):
        assert f'id="{part}"' in html
    assert 'name="check_in"' not in html
    assert "&amp;show=codes" in html
    assert PIN not in html


@pytest.mark.parametrize("change", ["message", "pass", "online", "battery", "account"])
def test_poll_hears_of_messages_of_the_guests_link_and_of_locks(
    owner: Client, world: World, change: str
) -> None:
    version = version_in(owner.get(address("stay-detail", world.stay)))
    match change:
        case "message":
            Message.objects.update(attempts=2)
        case "pass":
            world.told.guest_pass.first_opened_at = NOW
            world.told.guest_pass.save()
        case "online":
            Device.objects.filter(pk=world.device.pk).update(online=False)
        case "battery":
            Device.objects.filter(pk=world.device.pk).update(battery_level=0.4)
        case "account":
            Account.objects.filter(pk=world.account.pk).update(status="disconnected")

    answer = owner.get(address("stay-detail", world.stay), {"v": version}, headers=HTMX)

    assert answer.status_code == 200


def test_lock_whose_account_is_lost_is_not_called_online(owner: Client, world: World) -> None:
    hints = '<use href="/static/icons.svg#online"></use></svg>online'
    assert hints in owner.get(address("stay-detail", world.stay)).content.decode()
    Account.objects.filter(pk=world.account.pk).update(status="disconnected")

    answer = owner.get(address("stay-detail", world.stay))

    assert hints not in answer.content.decode()
    assert "connection lost" in text_of(answer)


def test_held_and_cancelled_stays_are_told_where_the_code_goes_on(owner: Client, world: World) -> None:
    Device.objects.filter(pk=world.device.pk).update(online=False)
    shape = {"pin_key": world.code.pin_key, "name": "x", "starts_at": None, "ends_at": None, "enabled": True}
    AccessCode.objects.filter(pk=world.code.pk).update(written=shape)
    goes_on = "Quay door: the lock is out of reach; the code goes on working there until it is back."

    held = owner.post(address("stay-hold", world.stay), {"held": "1"}, follow=True)
    asked = owner.get(address("stay-cancel", world.stay))
    cancelled = owner.post(address("stay-cancel", world.stay), follow=True)

    assert goes_on in messages_of(held)
    assert f"Held back. The guest gets no code until somebody lets access go. {goes_on}" in text_of(held)
    assert goes_on in text_of(asked)
    assert goes_on in messages_of(cancelled)


def test_access_that_is_let_go_promises_no_code_to_a_stay_that_is_over(owner: Client, world: World) -> None:
    over = NOW.date() - dt.timedelta(days=9)
    stay = make_stay(
        world.unit, arrival_date=over, departure_date=over + dt.timedelta(days=2), hold_access=True
    )

    answer = owner.post(address("stay-hold", stay), {"held": "0"}, follow=True)

    assert messages_of(answer) == "Access was let go; the stay is over, so it gets no code."


def test_staff_is_shown_no_message_and_no_way_to_send_one(staff: Client, world: World) -> None:
    html = staff.get(address("stay-detail", world.stay)).content.decode()

    assert 'id="message-lines"' not in html
    assert 'name="check_in"' not in html
    assert "property-edit" not in html
    assert reverse("property-edit", args=[world.place.public_id]) not in html


def add_rows(world: World, stay: Stay, *, number: int) -> None:
    """Another door with its code and events, a message, a look."""
    door = virtual_door(stay.unit, "nuki", name=f"Door {number}")
    declare_stay(stay.pk, now=NOW)
    code = AccessCode.objects.select_related("device__account", "grant").get(
        device=door.device, grant__stay=stay
    )
    for kind in (EventType.CODE_SET, EventType.LOCK_UNLOCKED, EventType.PIN_REVEALED):
        record_code_event(
            code, kind, now=NOW, actor=f"A{number}", sent_at=(NOW - number * MINUTE).isoformat()
        )
    Message.objects.create(
        stay=stay,
        template=world.told.template,
        occasion=f"n{number}",
        status=SendStatus.SENT,
        due_at=NOW,
        sent_at=NOW,
    )


def test_messages_that_are_to_come_are_told_before_they_are_due(
    owner: Client, staff: Client, world: World
) -> None:
    for name, minutes in (("Door code", -1440), ("How to park", -60)):
        MessageTemplate.objects.create(
            workspace=world.workspace,
            kind=MessageKind.FREE,
            name=name,
            anchor=Anchor.ARRIVAL,
            offset_minutes=minutes,
            active_since=NOW - 30 * DAY,
        )
    guest = GuestDetails(name="Ines Duarte", email="ines@example.org")
    stay = make_stay(make_unit(make_property(world.workspace)), guest=guest)
    parked = MessageTemplate.objects.get(name="How to park")
    before = Message.objects.count()

    whole = text_of(owner.get(address("stay-detail", stay)))
    polled = text_of(owner.get(address("stay-detail", stay), headers=HTMX))

    for page in (whole, polled):
        assert "Door code Planned Thu 4 Mar, 15:00 UTC · e-mail" in page
        assert "How to park Planned Fri 5 Mar, 14:00 UTC · e-mail" in page
    assert Message.objects.count() == before
    assert "How to park" not in text_of(staff.get(address("stay-detail", stay)))

    Message.objects.create(
        stay=stay,
        template=parked,
        occasion=f"arrival {stay.arrival_date}",
        status=SendStatus.FAILED,
        due_at=NOW,
        reason="No such mailbox.",
    )
    page = text_of(owner.get(address("stay-detail", stay)))
    assert "How to park Planned Fri" not in page
    assert "No such mailbox." in page


MOST_QUERIES = 25


def test_queries_of_a_running_stay_are_bounded_too(
    owner: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))
    add_rows(world, Stay.objects.select_related("unit__property").get(pk=stay.pk), number=1)
    Stay.objects.filter(pk=stay.pk).update(starts_at=NOW - 9 * HOUR)
    for name in ("stay-detail", "stay-proof"):
        with django_assert_max_num_queries(MOST_QUERIES):
            owner.get(address(name, stay))
    with django_assert_max_num_queries(MOST_QUERIES):
        owner.get(address("stay-detail", stay), headers=HTMX)


@pytest.mark.parametrize("name", ["stay-detail", "stay-proof"])
def test_queries_do_not_grow_with_doors_messages_and_events(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any, name: str
) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)))
    stay = Stay.objects.select_related("unit__property").get(pk=stay.pk)
    add_rows(world, stay, number=1)
    with django_assert_max_num_queries(MOST_QUERIES) as first:
        owner.get(address(name, stay))
    for number in (2, 3):
        add_rows(world, stay, number=number)

    with django_assert_num_queries(len(first.captured_queries)):
        answer = owner.get(address(name, stay))
    assert len(re.findall(r"Opened by the guest", text_of(answer))) == 3


def test_buffers_of_one_stay_are_set_told_and_taken_back(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace, buffer_before=30)))
    begun = stay.starts_at

    owner.post(address("stay-times", stay), {**times(stay), "buffer_before": "0", "buffer_after": "45"})

    stay.refresh_from_db()
    assert stay.starts_at - begun == dt.timedelta(minutes=30)
    answer = owner.get(address("stay-detail", stay))
    page, html = text_of(answer), answer.content.decode()
    assert "Buffers of this stay none 45 min after" in page
    assert "Back to the usual buffers" in page
    assert "buffer before, of this stay: 0" in page
    assert 'name="buffer_after" value="45"' in html

    owner.post(address("stay-times", stay), {"seen_revision": str(stay.revision)})
    stay.refresh_from_db()
    assert (stay.starts_at, stay.override_buffer_after) == (begun, None)


def test_taking_agreed_times_back_keeps_the_buffers_of_the_stay(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace, buffer_before=30)))
    owner.post(
        address("stay-times", stay), {**times(stay, "13:00"), "buffer_before": "0", "buffer_after": "45"}
    )

    def take_back(label: str) -> tuple[Any, ...]:
        page = owner.get(address("stay-detail", stay)).content.decode()
        assert f"{label}</button>" in page
        form = re.search(r'<form id="take-back".*?</form>', page, re.DOTALL)
        assert form
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
        assert owner.post(address("stay-times", stay), sent).status_code == 302
        stay.refresh_from_db()
        return stay.override_check_in_time, stay.override_buffer_before, stay.override_buffer_after

    assert take_back("Back to the times as booked") == (None, 0, 45)
    assert take_back("Back to the usual buffers") == (None, None, None)
