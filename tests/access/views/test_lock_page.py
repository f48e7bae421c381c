"""The page of a lock over time: the history strip, the battery's line, the connection, places, codes that are gone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from access.account_pages import account_lines
from access.enums import AttemptStatus, EventType
from access.lock_history import load_history, period_asked, spells_between
from access.models import AccessCode, ActionAttempt, Event, LockCode
from access.stay_pages.reaching import out_of_reach
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.models import WorkspaceChange
from tests.access.views.lock_past import make_lock_past, tell
from tests.factories import NOW, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, text_of, version_in
from tests.world import FOREIGN_PIN, PIN, World

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def page_of(client: Client, world: World, **query: str) -> Any:
    return client.get(reverse("device-detail", args=[world.device.public_id]), query)


def device_of(world: World) -> Device:
    return Device.objects.select_related("account", "door__property").get(pk=world.device.pk)


def marks_in(answer: Any, lane: str) -> list[str]:
    """The words of a lane's marks, as they are read out."""
    found = re.findall(rf'id="m-{lane}-[^>]*aria-label="([^"]*)"', answer.content.decode())
    return [one.replace("&#x27;", "'") for one in found]


def test_page_with_a_past_says_it_all_in_words(owner: Client, world: World) -> None:
    make_lock_past(device_of(world), now=NOW, code=world.code)

    answer = page_of(owner, world)

    assert_is_page(answer)
    page = text_of(answer)
    assert "left , by the chemistry alkaline: empty around" in page
    assert re.search(r"Online \d+ % of the time that is known, dropped off 3 times", page)
    assert "Unlocked by code · Quay guest" in page
    assert "Unlocked · a code" in page
    assert "Entry refused" in page
    assert "more; open a single day to see them all" in page
    assert any("Quay guest" in one for one in marks_in(answer, "entries"))
    assert any("“Plumber”, not managed here" in one for one in marks_in(answer, "entries"))
    assert any(one.endswith(": Offline") for one in marks_in(answer, "connection"))
    assert len(marks_in(answer, "refused")) == 3


def test_page_with_a_past_tells_no_pin(owner: Client, world: World) -> None:
    make_lock_past(device_of(world), now=NOW, code=world.code)
    tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - HOUR, method="keycode")

    html = page_of(owner, world, past="1").content.decode()

    assert PIN not in html
    assert FOREIGN_PIN not in html


def test_single_day_lists_all_of_it_and_marks_lead_to_their_lines(owner: Client, world: World) -> None:
    for minute in range(20):
        tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - dt.timedelta(minutes=minute), method="keycode")

    week = page_of(owner, world)
    day = page_of(owner, world, until=NOW.date().isoformat(), days="1")

    assert "and 8 more" in text_of(week)
    assert "more; open" not in text_of(day)
    html = day.content.decode()
    target = re.search(r'id="m-entries-(e-\d+)" href="#(e-\d+)"', html)
    assert target is not None
    assert f'<li id="{target[2]}"' in html
    assert f"?until={NOW.date().isoformat()}&amp;days=1#history" in week.content.decode()


def test_history_moves_by_links_and_polls_stay_where_they_are(owner: Client, world: World) -> None:
    tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - 10 * DAY, method="keycode", name="Old friend")
    until = (NOW.date() - 7 * DAY).isoformat()

    now_page, past_page = page_of(owner, world), page_of(owner, world, until=until)

    assert marks_in(now_page, "entries") == []
    assert f'href="?until={until}#history"' in now_page.content.decode()
    assert len(marks_in(past_page, "entries")) == 1
    assert f"&amp;until={until}" in past_page.content.decode()
    assert "Last 7 days" in text_of(past_page)


@pytest.mark.parametrize("query", [{"until": "x", "days": "99"}, {"until": "2031-01-01"}, {"past": "x"}])
def test_nonsense_in_the_address_does_no_harm(owner: Client, world: World, query: dict[str, str]) -> None:
    assert_is_page(page_of(owner, world, **query))


def test_poll_brings_the_live_part_and_what_happened_beside_it(owner: Client, world: World) -> None:
    address = reverse("device-detail", args=[world.device.public_id])
    answer = owner.get(address, {"v": "old"}, headers=HTMX)

    html = answer.content.decode()
    assert html.strip().startswith('<div class="stack" id="live"')
    assert 'id="happened"' in html
    assert "data-hx-swap-oob" in html
    assert 'id="battery"' not in html
    version = version_in(owner.get(address))
    assert owner.get(address, {"v": version}, headers=HTMX).status_code == 204


def test_queries_of_the_page_do_not_grow_with_what_happened(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    address = reverse("device-detail", args=[world.device.public_id])
    tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - HOUR, world.code, method="keycode")
    with django_assert_max_num_queries(34) as first:
        owner.get(address)
    for hour in range(2, 5):
        tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - hour * HOUR, world.code, method="keycode")
        tell(device_of(world), EventType.LOCK_DENIED, NOW - hour * HOUR, method="keycode")
        LockCode.objects.create(device=world.device, ref=f"f{hour}", first_seen_at=NOW)

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(address)


def test_window_is_read_by_its_index_and_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from access.lock_history import loading

    monkeypatch.setattr(loading, "MOST", 5)
    for minute in range(8):
        tell(device_of(world), EventType.LOCK_UNLOCKED, NOW - dt.timedelta(minutes=minute), method="keycode")
    shown = period_asked(until="", days="", zone=world.place.zone, now=NOW)

    history = load_history(device_of(world), shown)

    assert (len(history.lines), history.left_out) == (5, 3)
    assert history.lines[-1].at == NOW
    with connection.cursor() as cursor:
        # As in any workspace: many events, of many locks. With a handful the planner takes any index.
        happened = {"workspace": world.workspace, "type": EventType.LOCK_LOCKED}
        Event.objects.bulk_create(
            Event(**happened, occurred_at=NOW - number * HOUR) for number in range(2_000)
        )
        cursor.execute("ANALYZE access_event")
        rows = Event.objects.filter(
            device=world.device, type__in=loading.KINDS, occurred_at__gte=shown.starts_at
        )
        assert "event_of_device" in rows.order_by("-occurred_at", "-pk")[:10].explain()


def test_events_of_an_account_are_read_by_its_index(world: World) -> None:
    Device.objects.filter(pk=world.device.pk).update(created_at=NOW - 90 * DAY)
    # As in any workspace: hardly an event is about an account.
    happened = {"workspace": world.workspace, "device": world.device, "type": EventType.LOCK_LOCKED}
    Event.objects.bulk_create(
        Event(**happened, occurred_at=NOW + (number - 300) * HOUR) for number in range(600)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE access_event")
    asked: list[Callable[[], object]] = [
        lambda: spells_between(device_of(world), NOW - 5 * DAY, NOW, now=NOW),
        lambda: account_lines(world.workspace),
        lambda: out_of_reach(world.stay, [device_of(world)], now=NOW + 9 * DAY),
    ]
    for ask in asked:
        with CaptureQueriesContext(connection) as queries:
            ask()
        of_account = [one["sql"] for one in queries if '"access_event"."account_id"' in one["sql"]]
        assert of_account
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for sql in of_account:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "event_of_account" in plan, plan


def test_connection_is_unknown_while_the_account_was_lost(world: World) -> None:
    device = device_of(world)
    Device.objects.filter(pk=device.pk).update(created_at=NOW - 90 * DAY, last_seen_at=NOW)
    for hours, kind in ((30, EventType.ACCOUNT_DISCONNECTED), (20, EventType.ACCOUNT_CONNECTED)):
        Event.objects.create(
            workspace=world.workspace, type=kind, occurred_at=NOW - hours * HOUR, account=world.account
        )

    spells = spells_between(device_of(world), NOW - 5 * DAY, NOW, now=NOW)

    assert [(one.online, one.length) for one in spells] == [
        (True, 90 * HOUR), (None, 10 * HOUR), (True, 20 * HOUR),
    ]  # fmt: skip


def tell_account(world: World, kind: EventType, at: dt.datetime) -> None:
    Event.objects.create(workspace=world.workspace, type=kind, occurred_at=at, account=world.account)


def test_window_between_two_words_of_the_account_knows_what_the_first_one_said(world: World) -> None:
    Device.objects.filter(pk=world.device.pk).update(created_at=NOW - 90 * DAY, last_seen_at=NOW)
    tell_account(world, EventType.ACCOUNT_DISCONNECTED, NOW - 20 * DAY)
    tell_account(world, EventType.ACCOUNT_CONNECTED, NOW - DAY)

    between = spells_between(device_of(world), NOW - 14 * DAY, NOW - 7 * DAY, now=NOW)
    before = spells_between(device_of(world), NOW - 30 * DAY, NOW - 25 * DAY, now=NOW)

    assert [one.online for one in between] == [None]
    assert [one.online for one in before] == [True]


def test_account_that_was_lost_just_now_hides_nothing_of_older_weeks(world: World) -> None:
    Device.objects.filter(pk=world.device.pk).update(created_at=NOW - 90 * DAY, last_seen_at=NOW)
    Account.objects.filter(pk=world.account.pk).update(status=AccountStatus.DISCONNECTED)
    tell_account(world, EventType.ACCOUNT_DISCONNECTED, NOW - HOUR)

    older = spells_between(device_of(world), NOW - 14 * DAY, NOW - 7 * DAY, now=NOW)

    assert [one.online for one in older] == [True]


def test_past_window_knows_how_the_lock_was_then(world: World) -> None:
    device = device_of(world)
    Device.objects.filter(pk=device.pk).update(created_at=NOW - 90 * DAY, last_seen_at=NOW)
    tell(device, EventType.DEVICE_DISCONNECTED, NOW - 30 * DAY)
    tell(device, EventType.DEVICE_CONNECTED, NOW - 5 * DAY)

    spells = spells_between(device_of(world), NOW - 20 * DAY, NOW - 10 * DAY, now=NOW)

    assert [one.online for one in spells] == [False]


def test_lock_that_is_called_online_but_was_not_heard_of_is_unknown(world: World) -> None:
    stale = NOW - 3 * DAY
    Device.objects.filter(pk=world.device.pk).update(
        created_at=NOW - 90 * DAY, last_seen_at=stale, last_read_at=stale
    )

    spells = spells_between(device_of(world), NOW - 5 * DAY, NOW, now=NOW)

    assert [(one.online, one.length) for one in spells] == [(True, 2 * DAY), (None, 3 * DAY)]


def test_places_are_counted_by_whose_they_are(owner: Client, world: World) -> None:
    backup = AccessCode.objects.create(device=world.device, is_backup=True)
    LockCode.objects.create(device=world.device, ref="b", access_code=backup, first_seen_at=NOW)
    Device.objects.update(capabilities={"max_codes": 10})

    page = text_of(page_of(owner, world))

    assert "Codes of Keyturn: 1" in page
    assert "Backup codes: 1" in page
    assert "Unmanaged codes: 1" in page
    assert "Free: 7 of 10" in page


def test_places_of_a_lock_that_tells_nothing_are_unknown(owner: Client, world: World) -> None:
    Device.objects.update(capabilities={"reads_codes": False})

    page = text_of(page_of(owner, world))

    assert "nobody knows how many places are taken" in page


def test_full_lock_says_so_and_is_found_in_the_list(owner: Client, world: World) -> None:
    Device.objects.update(capabilities={"max_codes": 2})

    assert "The lock is full." in text_of(page_of(owner, world))
    assert "2 of 2, full" in text_of(owner.get(reverse("device-list"), {"show": "full"}))
    Device.objects.update(capabilities={"max_codes": 3})
    assert world.device.name not in text_of(owner.get(reverse("device-list"), {"show": "full"}))


@pytest.mark.parametrize(("show", "found"), [("unmanaged", True), ("full", False), ("foreign", True)])
def test_list_finds_locks_by_what_is_the_matter(owner: Client, world: World, show: str, found: bool) -> None:
    Device.objects.update(is_managed=False)

    assert (world.device.name in text_of(owner.get(reverse("device-list"), {"show": show}))) is found


def test_offline_ones_are_also_those_whose_account_is_lost(owner: Client, world: World) -> None:
    world.account.status = "disconnected"
    world.account.save()

    assert world.device.name in text_of(owner.get(reverse("device-list"), {"show": "offline"}))


@pytest.mark.parametrize("show", ["all", "full", "offline", "foreign"])
def test_queries_of_the_list_are_the_same_for_one_and_three(
    owner: Client, world: World, show: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    Device.objects.update(capabilities={"max_codes": 2}, online=False)
    address = reverse("device-list")
    with django_assert_max_num_queries(12) as first:
        owner.get(address, {"show": show})
    for _ in range(2):
        device = virtual_door(make_unit(world.place)).device
        LockCode.objects.create(device=device, ref="f", first_seen_at=NOW)
    Device.objects.exclude(pk=world.device.pk).update(capabilities={"max_codes": 1}, online=False)

    with django_assert_num_queries(len(first.captured_queries)):
        page = text_of(owner.get(address, {"show": show}))
    assert page.count("not yet") == 2


def test_code_that_may_stay_is_left_alone_and_decided_again(owner: Client, world: World) -> None:
    place = world.device.lock_codes.get(ref="2")
    address = reverse("foreign-ignore", args=[place.public_id])
    assert "The code stays on the lock as it is" in text_of(owner.get(address))
    place.refresh_from_db()
    assert place.ignored_at is None

    page = text_of(owner.post(address, {"answer": "leave"}, follow=True))

    place.refresh_from_db()
    assert place.ignored_at == NOW
    assert "left alone" in page
    assert "Decide again" in page
    assert world.device.name not in text_of(owner.get(reverse("device-list"), {"show": "foreign"}))
    assert 'name="answer" value="ask"' in owner.get(address).content.decode()
    owner.post(address, {"answer": "ask"})
    place.refresh_from_db()
    assert place.ignored_at is None
    assert WorkspaceChange.objects.filter(what__startswith="Unmanaged code").count() == 2


def test_second_click_undoes_nothing(owner: Client, world: World) -> None:
    place = world.device.lock_codes.get(ref="2")
    address = reverse("foreign-ignore", args=[place.public_id])

    for _ in range(2):
        page = text_of(owner.post(address, {"answer": "leave"}, follow=True))
    nothing = owner.post(address)

    place.refresh_from_db()
    assert place.ignored_at == NOW
    assert "is left alone" in page
    assert_is_page(nothing)
    assert WorkspaceChange.objects.filter(what__startswith="Unmanaged code").count() == 1


def test_code_of_ours_cannot_be_left_alone(owner: Client, world: World) -> None:
    address = reverse("foreign-ignore", args=[world.lock_code.public_id])
    page = owner.post(address, {"answer": "leave"}, follow=True)

    assert "changed hands" in text_of(page)


def test_unmanaged_code_has_all_three_ways_out(owner: Client, world: World) -> None:
    place = world.device.lock_codes.get(ref="2")
    html = page_of(owner, world).content.decode()

    for name in ("foreign-convert", "foreign-ignore", "foreign-delete"):
        assert reverse(name, args=[place.public_id]) in html


def test_codes_that_are_gone_stand_behind_a_link(owner: Client, world: World) -> None:
    AccessCode.objects.filter(pk=world.loose_code.pk).update(ended_at=NOW - 100 * DAY)

    assert world.loose_code.name not in text_of(page_of(owner, world))
    page = page_of(owner, world, past="1")

    assert_is_page(page)
    assert world.loose_code.name in text_of(page)


def test_code_table_says_when_a_code_was_confirmed(owner: Client, world: World) -> None:
    page = page_of(owner, world).content.decode()

    assert re.search(r'data-label="Confirmed"><time', page)


def test_attempt_is_told_step_by_step_and_only_when_it_moves(owner: Client, world: World) -> None:
    owner.post(reverse("device-turn", args=[world.device.public_id, "unlock"]))
    address = reverse("device-attempt", args=[world.device.public_id])
    first = owner.get(address, headers=HTMX)
    assert "waiting for the lock" in text_of(first)
    assert "<noscript>" in first.content.decode()
    version = version_in(first)

    assert owner.get(address, {"v": version}, headers=HTMX).status_code == 204
    ActionAttempt.objects.filter(status=AttemptStatus.PENDING).update(sent_at=timezone.now())
    sent = owner.get(address, {"v": version}, headers=HTMX)

    assert sent.status_code == 200
    assert re.search(r"asked \d\d:\d\d *, sent to the lock \d\d:\d\d +[A-Z]{3,4}\b", text_of(sent))


def test_bolt_of_a_lock_out_of_reach_is_what_it_said_last(owner: Client, world: World) -> None:
    Device.objects.update(online=True, locked=True, door_open=False, last_seen_at=NOW, last_read_at=NOW)
    assert "Locked" in text_of(page_of(owner, world))
    assert "when last heard" not in text_of(page_of(owner, world))

    Device.objects.update(online=False, last_seen_at=NOW - 3 * HOUR, last_read_at=NOW - 3 * HOUR)
    offline = text_of(page_of(owner, world))
    Device.objects.update(online=True, last_seen_at=NOW, last_read_at=NOW)
    Account.objects.update(status=AccountStatus.DISCONNECTED)
    lost = text_of(page_of(owner, world))

    assert "Locked, door closed when last heard" in offline
    assert "Locked, door closed when last heard" in lost


def test_lock_whose_account_rests_is_not_called_due_now(owner: Client, world: World) -> None:
    ActionAttempt.objects.all().delete()
    Device.objects.update(wake_at=NOW - HOUR)
    assert "Next look now" in text_of(page_of(owner, world))

    Account.objects.update(paused_until=NOW + 10 * HOUR)
    page = page_of(owner, world)

    assert "Next look in 10 h" in text_of(page)
    assert 'data-hx-trigger="every 5s"' in page.content.decode()


def test_staff_see_the_history_and_no_buttons(staff: Client, world: World) -> None:
    make_lock_past(device_of(world), now=NOW, code=world.code)

    page = page_of(staff, world)

    assert_is_page(page)
    html = page.content.decode()
    assert "Unlocked" in html
    assert 'id="unlock-door"' not in html
    assert reverse("foreign-ignore", args=[world.device.lock_codes.get(ref="2").public_id]) not in html
    assert reverse("device-account", args=[world.account.public_id]) not in html


def test_page_looks_often_while_something_settles(owner: Client, world: World) -> None:
    Device.objects.update(wake_at=NOW + HOUR)
    ActionAttempt.objects.update(status=AttemptStatus.SUCCESS)
    assert 'data-hx-trigger="every 5s"' in page_of(owner, world).content.decode()
    Device.objects.update(wake_at=NOW)
    assert 'data-hx-trigger="every 5s"' not in page_of(owner, world).content.decode()


def test_lock_that_was_never_read_claims_nothing(owner: Client, world: World) -> None:
    Device.objects.update(last_read_at=None, online=None)

    page = page_of(owner, world)

    assert "Entries: none known" in text_of(page)
    assert "The lock was not read yet" in text_of(page)
    assert "never dropped off" not in text_of(page)
    assert "unknown" in text_of(owner.get(reverse("device-list")))
