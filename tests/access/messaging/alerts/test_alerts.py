"""What managers are told: what endangers a guest, once, collapsed, and at night only what cannot wait."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from access.enums import AlertKind, ChannelKind, EventType, NoticeStatus, ProblemKind
from access.messaging.alerts import sweep_alerts
from access.messaging.alerts.channels import (
    ChannelRefused,
    check_address,
    masked_address,
    save_channel,
    send_test,
)
from access.messaging.alerts.telling import tell_channel
from access.messaging.carrying import Fate
from access.models import AccessCode, Alert, AlertChannel, AlertNotice, Event, Problem, WebhookEndpoint
from access.models.webhooks import GAVE_UP
from access.problems import set_problems
from access.webhooks import disable_endpoint, enable_endpoint
from access.webhooks.endpoints import disable_failing
from locks.models import Account, Device
from properties.models import Stay, Workspace
from tests.access.messaging.conftest import Service
from tests.factories import make_property, make_stay, make_unit, make_workspace, virtual_door
from tests.stack.conftest import travel

__all__ = ["travel"]

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
EVERYTHING = [one.value for one in ProblemKind]


@pytest.fixture
def workspace(db: None, travel: time_machine.Traveller) -> Workspace:
    return make_workspace("Seaside")


@pytest.fixture
def desk(workspace: Workspace) -> AlertChannel:
    return make_channel(workspace)


def make_channel(workspace: Workspace, **fields: Any) -> AlertChannel:
    fields = {
        "name": "Desk", "kind": ChannelKind.EMAIL, "address": "desk@example.org", "severities": EVERYTHING,
        "is_active": True, **fields,
    }  # fmt: skip
    return save_channel(AlertChannel(workspace=workspace), now=timezone.now(), **fields)


@pytest.fixture
def code(workspace: Workspace) -> AccessCode:
    """Of a stay that begins in two days at 15:00 in Zurich."""
    place = make_property(workspace, name="Harbour House", time_zone="Europe/Zurich")
    unit = make_unit(place, name="Loft 2")
    door = virtual_door(unit, "schlage", name="Front door")
    stay = make_stay(unit, arrival_date=dt.date(2027, 3, 3))
    grant = stay.grants.create(workspace=workspace)
    return AccessCode.objects.create(
        device=door.device, grant=grant, pin="4711", pin_key=1, starts_at=stay.starts_at, ends_at=stay.ends_at
    )


def arrival(code: AccessCode) -> dt.datetime:
    assert code.starts_at is not None
    return code.starts_at


def sweep(travel: time_machine.Traveller, moment: dt.datetime | None = None) -> None:
    if moment is not None:
        travel.move_to(moment, tick=False)
    sweep_alerts(now=timezone.now())


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


def raise_on(subject: AccessCode | Device | Account | Stay, *codes: str) -> None:
    set_problems(
        subject,
        set(codes),
        among={"arrival_in_danger", "device_offline", "low_battery", *codes},
        now=timezone.now(),
    )


def test_arrival_in_danger_is_told_once_with_where_to_mend_it(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "arrival_in_danger", "failed_to_set_on_device")
    for _ in range(3):
        sweep(travel)
        travel.shift(MINUTE)

    [sent] = mail.outbox
    assert sent.to == ["desk@example.org"]
    assert str(sent.subject) == "Imogen Varga, Harbour House · Loft 2"
    assert "Front door: " in sent.body
    assert "Arrival Wed 3 Mar, 15:00 CET." in sent.body
    assert f"http://localhost:8000/stays/{Stay.objects.get().public_id}/" in sent.body
    assert "4711" not in sent.body


def test_what_is_far_ahead_or_over_is_not_told(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "failed_to_set_on_device")
    sweep(travel, arrival(code) - 80 * HOUR)
    sweep(travel, arrival(code) + 30 * 24 * HOUR)

    assert subjects() == []


def test_lock_offline_matters_with_an_arrival_near(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code.device, "device_offline")
    sweep(travel)
    assert subjects() == []
    sweep(travel, arrival(code) - 20 * HOUR)

    assert subjects() == ["Front door, Harbour House"]
    assert "Next arrival Wed 3 Mar, 15:00 CET." in mail.outbox[0].body


def test_battery_account_and_webhook_are_told(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, workspace: Workspace
) -> None:
    raise_on(code.device, "low_battery")
    set_problems(code.device.account, {"account_disconnected"}, among=set(), now=timezone.now())
    WebhookEndpoint.objects.create(
        workspace=workspace, url="https://hooks.example/x", secret="s", description="Booking system",
        disabled_at=timezone.now(), failing_since=timezone.now(), disabled_reason=f"{GAVE_UP} 1 Mar 2027.",
    )  # fmt: skip
    sweep(travel)

    [sent] = mail.outbox
    assert "and 2 more" in str(sent.subject)
    assert "Booking system" in sent.body
    assert "https://hooks.example/x" not in sent.body
    assert Alert.objects.count() == 3


def test_webhook_that_is_given_up_after_days_is_told_until_it_is_on_again(
    travel: time_machine.Traveller, desk: AlertChannel, workspace: Workspace
) -> None:
    given_up, by_hand = (
        WebhookEndpoint.objects.create(
            workspace=workspace, url=f"https://{host}/s3cr3t", secret="s", failing_since=timezone.now()
        )
        for host in ("pms.example", "old.example")
    )
    disable_endpoint(by_hand, reason="Switched off by a person.", now=timezone.now())
    sweep(travel)
    assert mail.outbox == []

    travel.move_to(NOON + dt.timedelta(days=5), tick=False)
    disable_failing(given_up.pk, version=given_up.version, now=timezone.now())
    sweep(travel)
    [sent] = mail.outbox
    assert sent.subject.endswith("Webhook to pms.example")
    assert "Nothing got through since 1 Mar 2027" in sent.body
    assert f"/webhooks/{given_up.public_id}" in sent.body
    assert "s3cr3t" not in sent.body

    # It is told once; and however long nobody mends it, it is never said to be settled.
    later = timezone.now() + dt.timedelta(days=9)
    sweep(travel, later)
    sweep(travel, later + HOUR)
    assert len(mail.outbox) == 1
    enable_endpoint(given_up)
    sweep(travel)
    sweep(travel, later + 2 * HOUR)
    assert [mail.outbox[-1].subject, len(mail.outbox)] == ["Settled: Webhook to pms.example", 2]


def test_backup_in_use_replaces_what_it_stands_in_for(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "arrival_in_danger", "using_backup_access_code")
    sweep(travel)

    [alert] = Alert.objects.all()
    assert alert.key == f"using_backup_access_code:{code.pk}"
    assert alert.severity == ProblemKind.WARNING


def test_brands_own_words_of_a_code_that_is_stood_in_for_wake_nobody(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, nights: None
) -> None:
    travel.move_to(arrival(code) + 11.5 * HOUR, tick=False)
    raise_on(code, "using_backup_access_code", "august_device_programming_delay", "failed_to_set_on_device")
    backup = AccessCode.objects.create(
        device=code.device, grant=code.grant, is_backup=True, pulled_for=code, seen="present", name="Backup",
        starts_at=code.starts_at, ends_at=code.ends_at, created_at=timezone.now(),
    )  # fmt: skip
    raise_on(backup, "august_device_programming_delay")
    sweep(travel)

    assert subjects() == []
    assert not Alert.objects.filter(is_urgent=True).exists()
    assert not Alert.objects.filter(key=f"code:{code.pk}").exists()


def test_channel_hears_only_of_its_severities(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    make_channel(workspace, severities=["error"])
    raise_on(code.device, "low_battery")
    Problem.objects.update(kind=ProblemKind.WARNING)
    sweep(travel)

    assert subjects() == []


def test_other_workspaces_hear_nothing(travel: time_machine.Traveller, code: AccessCode) -> None:
    make_channel(make_workspace(), address="other@example.org")
    raise_on(code, "arrival_in_danger")
    sweep(travel)

    assert subjects() == []


def test_repeats_collapse_and_what_is_over_is_told(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    for number in range(4):
        raise_on(code, "arrival_in_danger")
        sweep(travel, NOON + number * 20 * MINUTE)
        raise_on(code)
        sweep(travel, NOON + (number * 20 + 4) * MINUTE)
    assert Alert.objects.get().count == 4
    assert subjects()[0] == "Imogen Varga, Harbour House · Loft 2"
    assert len([subject for subject in subjects() if not subject.startswith("Settled")]) == 1 + 1

    sweep(travel, NOON + 3 * HOUR)

    assert subjects()[-1] == "Settled: Imogen Varga, Harbour House · Loft 2"


def test_what_comes_back_after_it_was_said_to_be_over_is_told_at_once(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "arrival_in_danger")
    sweep(travel)
    raise_on(code)
    sweep(travel, NOON + MINUTE)
    sweep(travel, NOON + 10 * MINUTE)
    assert subjects()[-1].startswith("Settled")

    raise_on(code, "arrival_in_danger")
    sweep(travel, NOON + 12 * MINUTE)

    assert subjects()[-1] == "Imogen Varga, Harbour House · Loft 2"
    assert len(subjects()) == 3


def test_report_of_a_guest_that_ends_with_the_stay_is_not_said_to_be_settled(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "guest_reports_failure")
    sweep(travel)
    set_problems(code, set(), among={"guest_reports_failure"}, now=timezone.now())
    sweep(travel, NOON + MINUTE)
    sweep(travel, NOON + HOUR)

    assert len(subjects()) == 1


def test_report_that_is_left_to_a_person_is_not_said_to_be_settled(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    assert code.grant is not None
    stay = code.grant.stay
    assert stay is not None
    raise_on(stay, "guest_reports_failure")
    sweep(travel)
    set_problems(stay, set(), among={"guest_reports_failure"}, now=timezone.now())
    sweep(travel, NOON + MINUTE)
    sweep(travel, NOON + HOUR)

    assert len(subjects()) == 1


def test_what_comes_back_much_later_is_a_new_alert(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel
) -> None:
    raise_on(code, "arrival_in_danger")
    sweep(travel)
    raise_on(code)
    sweep(travel, NOON + HOUR)
    raise_on(code, "arrival_in_danger")
    sweep(travel, NOON + 10 * HOUR)

    assert Alert.objects.count() == 2


@pytest.fixture
def nights(workspace: Workspace) -> None:
    workspace.quiet_from, workspace.quiet_until = dt.time(22), dt.time(7)
    workspace.save()


def test_at_night_it_waits_and_comes_as_one_digest(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, nights: None
) -> None:
    midnight = dt.datetime(2027, 3, 2, 23, tzinfo=dt.UTC)
    travel.move_to(midnight, tick=False)
    raise_on(code, "arrival_in_danger")
    raise_on(code.device, "low_battery")
    set_problems(code.device.account, {"account_disconnected"}, among=set(), now=timezone.now())
    sweep(travel)
    set_problems(code.device.account, set(), among={"account_disconnected"}, now=timezone.now())
    sweep(travel, midnight + HOUR)
    assert subjects() == []

    sweep(travel, dt.datetime(2027, 3, 3, 6, tzinfo=dt.UTC))

    [sent] = mail.outbox
    assert "and 1 more" in str(sent.subject)
    assert "No longer so:" in sent.body


def test_guest_before_the_door_waits_for_nothing(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, nights: None
) -> None:
    """In stay, at half past two in the night, the guest says that the code fails."""
    travel.move_to(arrival(code) + 11.5 * HOUR, tick=False)
    raise_on(code, "guest_reports_failure")
    sweep(travel)

    assert subjects() == ["At the door: Imogen Varga, Harbour House · Loft 2"]


def test_alert_that_becomes_urgent_at_night_is_told_then(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, workspace: Workspace
) -> None:
    workspace.quiet_from, workspace.quiet_until = dt.time(14), dt.time(20)
    workspace.save()
    raise_on(code, "arrival_in_danger")
    sweep(travel)
    assert len(subjects()) == 1
    sweep(travel, arrival(code) - 50 * MINUTE)

    assert subjects()[1:] == ["At the door: Imogen Varga, Harbour House · Loft 2"]


def test_removal_that_failed_is_never_urgent(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, nights: None
) -> None:
    travel.move_to(arrival(code) + 11 * HOUR, tick=False)
    raise_on(code, "failed_to_remove_from_device")
    sweep(travel)

    assert Alert.objects.get().is_urgent is False
    assert subjects() == []


def test_service_that_fails_is_tried_again_and_said_to_fail(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace, service: Service
) -> None:
    channel = make_channel(workspace, kind=ChannelKind.APPRISE, address=service.address)
    service.status = 503
    raise_on(code, "arrival_in_danger")
    sweep(travel)
    channel.refresh_from_db()
    assert channel.failing_since is not None
    service.status = 200
    sweep(travel, NOON + 2 * MINUTE)
    sweep(travel, NOON + 4 * MINUTE)

    assert len(service.received) == 2
    assert service.received[1]["title"] == "Imogen Varga, Harbour House · Loft 2"
    channel.refresh_from_db()
    assert channel.failing_since is None


def test_what_may_not_have_arrived_is_told_again(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace, service: Service
) -> None:
    make_channel(workspace, kind=ChannelKind.APPRISE, address=service.address)
    service.deaf = True
    raise_on(code, "arrival_in_danger")
    sweep(travel)
    assert AlertNotice.objects.get().status == NoticeStatus.PENDING
    service.deaf = False
    sweep(travel, NOON + 2 * MINUTE)
    sweep(travel, NOON + 4 * MINUTE)

    assert len(service.received) == 2
    assert AlertNotice.objects.get().status == NoticeStatus.SENT


def test_killed_between_sending_and_noting_it_tells_again(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from access.messaging.alerts import telling

    raise_on(code, "arrival_in_danger")
    with monkeypatch.context() as patched:
        patched.setattr(telling, "_settle", lambda *_, **__: None)
        sweep(travel)
    sweep(travel)
    assert len(subjects()) == 1
    sweep(travel, NOON + 6 * MINUTE)
    sweep(travel, NOON + 20 * MINUTE)

    assert len(subjects()) == 2
    assert AlertNotice.objects.get().status == NoticeStatus.SENT


def test_hopeless_notices_are_dropped(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace, service: Service
) -> None:
    make_channel(workspace, kind=ChannelKind.APPRISE, address=service.address)
    service.status = 500
    raise_on(code, "arrival_in_danger")
    for hours in range(0, 40, 4):
        sweep(travel, NOON + hours * HOUR)

    assert AlertNotice.objects.filter(occasion="opened").get().status == NoticeStatus.DROPPED


def test_nothing_to_tell_is_nothing_sent(desk: AlertChannel) -> None:
    from access.messaging.alerts.quiet import QuietHours

    assert tell_channel(desk, quiet=QuietHours(), now=timezone.now()) == 0


def test_send_a_test(desk: AlertChannel, workspace: Workspace, service: Service) -> None:
    assert send_test(desk, now=timezone.now()).fate is Fate.SENT
    assert subjects() == ["Keyturn: a test"]
    other = make_channel(workspace, kind=ChannelKind.APPRISE, address=service.address)
    service.status = 404
    assert send_test(other, now=timezone.now()).fate is Fate.FAILED
    other.refresh_from_db()
    assert other.last_error == "The service did not take it."


@pytest.mark.parametrize(
    ("kind", "address", "sentence"),
    [
        ("email", "", "Say where"),
        ("email", "desk@example.org, nonsense", "“nonsense” is no e-mail address"),
        ("email", ",".join(f"a{n}@example.org" for n in range(11)), "At most 10"),
        ("apprise", "what is this", "No service is known"),
        ("apprise", "nosuch://x", "No service is known"),
        ("apprise", "syslog://", "on the machine of Keyturn"),
        ("apprise", "json://127.0.0.1/x", "private network"),
        ("apprise", "json://localhost/x", "private network"),
        ("apprise", "json://[::1]/x", "private network"),
        ("apprise", "mailto://user:pass@example.org?smtp=10.0.0.1", "private network"),
    ],
)
def test_address_that_cannot_be_is_refused(kind: str, address: str, sentence: str) -> None:
    with pytest.raises(ChannelRefused, match=sentence):
        check_address(kind, address)


def test_address_of_a_service_is_a_secret_and_stays_where_nothing_is_typed(
    workspace: Workspace, service: Service
) -> None:
    channel = make_channel(workspace, kind=ChannelKind.APPRISE, address=f"{service.address}/s3cret")
    save_channel(
        channel, name="Night", kind=ChannelKind.APPRISE, address="", severities=["error"], is_active=True,
        now=timezone.now(),
    )  # fmt: skip
    channel.refresh_from_db()

    assert channel.address == f"{service.address}/s3cret"
    assert masked_address(channel) == "json://…"
    assert "s3cret" not in repr(channel)


def enter(code: AccessCode, at: dt.datetime, *, heard: dt.datetime | None = None) -> Event:
    """`heard`: when the lock's log was read; at once."""
    return tell(code, EventType.LOCK_UNLOCKED, at, heard=heard, method="keycode")


def tell(
    code: AccessCode, kind: EventType, at: dt.datetime, *, heard: dt.datetime | None = None, **data: str
) -> Event:
    assert code.grant is not None
    event = Event.objects.create(
        workspace=code.device.account.workspace, type=kind, device=code.device, access_code=code,
        stay=code.grant.stay, occurred_at=at, data=data,
    )  # fmt: skip
    Event.objects.filter(pk=event.pk).update(created_at=heard or at)
    return event


ENTRIES = [*EVERYTHING, AlertKind.ENTRY.value]


def test_first_entry_is_told_once_to_those_who_asked(
    travel: time_machine.Traveller, code: AccessCode, desk: AlertChannel, workspace: Workspace
) -> None:
    make_channel(workspace, name="Porch", address="porch@example.org", severities=["entry"])
    came = arrival(code) + 2 * HOUR
    enter(code, came)
    for moment in (came + MINUTE, came + 2 * MINUTE):
        sweep(travel, moment)
    enter(code, came + HOUR)
    for moment in (came + 2 * HOUR, came + 30 * HOUR, came + 31 * HOUR):
        sweep(travel, moment)

    [sent] = mail.outbox
    assert sent.to == ["porch@example.org"]
    assert str(sent.subject) == "Came in: Imogen Varga, Harbour House · Loft 2"
    assert "First entry at Front door: Wed 3 Mar 2027, 17:00 CET." in sent.body
    assert Alert.objects.get().cleared_at is not None


def test_first_entry_waits_for_the_end_of_quiet_hours(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    workspace.quiet_from, workspace.quiet_until = dt.time(22), dt.time(7)
    workspace.save()
    make_channel(workspace, severities=ENTRIES)
    came = arrival(code) + 8 * HOUR  # 23:00 in Zurich
    enter(code, came)
    sweep(travel, came + MINUTE)
    assert subjects() == []
    sweep(travel, came + 8 * HOUR + MINUTE)

    assert subjects() == ["Came in: Imogen Varga, Harbour House · Loft 2"]


def test_entries_of_before_anybody_asked_are_no_news(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace, desk: AlertChannel
) -> None:
    came = arrival(code) + HOUR
    enter(code, came)
    travel.move_to(came + HOUR, tick=False)
    save_channel(
        desk, name="Desk", kind=ChannelKind.EMAIL, address="", severities=ENTRIES, is_active=True, now=timezone.now()
    )  # fmt: skip
    enter(code, came + 2 * HOUR)
    sweep(travel, came + 3 * HOUR)

    assert subjects() == []


def test_first_entry_that_a_lock_tells_days_late_is_told(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    """It was out of reach when the guest came."""
    make_channel(workspace, severities=ENTRIES)
    came, heard = arrival(code) + 2 * HOUR, arrival(code) + 40 * HOUR
    enter(code, came, heard=heard)
    enter(code, came + 9 * HOUR, heard=heard)
    for moment in (heard + MINUTE, heard + 2 * MINUTE, heard + 30 * HOUR):
        sweep(travel, moment)

    [sent] = mail.outbox
    assert "First entry at Front door: Wed 3 Mar 2027, 17:00 CET." in sent.body


def test_entry_that_is_heard_late_is_no_news_where_the_guest_was_in_before(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    make_channel(workspace, severities=ENTRIES)
    came = arrival(code) + 2 * HOUR
    enter(code, came)
    sweep(travel, came + MINUTE)
    enter(code, came - HOUR, heard=came + 40 * HOUR)
    sweep(travel, came + 40 * HOUR + MINUTE)

    assert subjects() == ["Came in: Imogen Varga, Harbour House · Loft 2"]


def test_entry_of_before_anybody_asked_is_no_news_when_it_is_heard_late(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    travel.move_to(arrival(code) + 3 * HOUR, tick=False)
    make_channel(workspace, severities=ENTRIES)
    enter(code, arrival(code) + HOUR, heard=arrival(code) + 4 * HOUR)
    sweep(travel, arrival(code) + 5 * HOUR)

    assert subjects() == []


def test_stranger_with_an_edited_code_is_not_called_the_guest(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    """The log is read a moment before the codes: the edit is noticed just after the entry."""
    make_channel(workspace, severities=["entry"])
    came = arrival(code) + 2 * HOUR
    heard = came + 5 * MINUTE
    enter(code, came, heard=heard)
    sweep(travel, heard)
    tell(code, EventType.CODE_MODIFIED_OUTSIDE, heard + dt.timedelta(seconds=5))
    sweep(travel, heard + MINUTE)
    sweep(travel, heard + HOUR)
    assert subjects() == []

    enter(code, came + 3 * HOUR)
    sweep(travel, came + 3 * HOUR + MINUTE)
    [sent] = mail.outbox
    assert "First entry at Front door: Wed 3 Mar 2027, 20:00 CET." in sent.body


def test_trouble_comes_before_news_in_one_message(
    travel: time_machine.Traveller, code: AccessCode, workspace: Workspace
) -> None:
    make_channel(workspace, severities=ENTRIES)
    raise_on(code.device, "low_battery")
    enter(code, arrival(code) + HOUR)
    sweep(travel, arrival(code) + 2 * HOUR)

    [sent] = mail.outbox
    assert str(sent.subject) == "Front door, Harbour House"
    assert sent.body.index("battery") < sent.body.index("First entry")
