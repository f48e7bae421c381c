"""A click on a row of Today: what it does, what it answers, and who may."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access import needs
from access.enums import EventType, ProblemKind
from access.models import AccessCode, ActionAttempt, Event, HandledNote, Problem
from locks.models import Device
from properties.enums import StayStatus
from properties.models import FeedEvent, Stay, WorkspaceChange
from tests.access.views.test_board import board_of
from tests.factories import NOW
from tests.pages import HTMX, text_of
from tests.world import World

DAY = dt.timedelta(days=1)


@pytest.fixture
def troubled(world: World) -> AccessCode:
    """A code of a guest who is there now, which its lock refused; nothing else is wrong."""
    Problem.objects.all().delete()
    FeedEvent.objects.all().delete()
    Stay.objects.filter(pk=world.stay.pk).update(starts_at=NOW - DAY)
    AccessCode.objects.filter(pk=world.code.pk).update(next_try_at=NOW + DAY, starts_at=NOW - DAY)
    raise_problem(world, "failed_to_set_on_device")
    return world.code


def raise_problem(world: World, code: str, kind: ProblemKind = ProblemKind.ERROR) -> Problem:
    return Problem.objects.create(
        workspace=world.workspace,
        kind=kind,
        code=code,
        message=f"About {code}.",
        access_code=world.code,
        raised_at=NOW,
    )


def first_need(client: Client) -> Any:
    return board_of(client).context["board"].needs.rows[0]


def click(client: Client, need: Any, deed: str, *, htmx: bool = True, **data: str) -> Any:
    address = reverse("need-act", args=[need.key, deed])
    return client.post(address, {"seen": need.mark, **data}, headers=HTMX if htmx else {})


def test_row_has_its_buttons(owner: Client, troubled: AccessCode) -> None:
    page = text_of(board_of(owner))

    assert all(words in page for words in ("Retry now", "New code", "Mark handled", "Message"))


def test_message_leads_to_where_the_guest_is_written_to(owner: Client, troubled: AccessCode) -> None:
    link = re.search(r'id="need-[^"]+-message" href="([^"]+)"', board_of(owner).content.decode())

    assert link is not None
    address, _, part = link[1].partition("#")
    page = owner.get(address)
    assert page.status_code == 200
    assert f'id="{part}"' in page.content.decode()
    assert (
        reverse("stay-message", args=[Stay.objects.get(grants__codes=troubled).public_id])
        in page.content.decode()
    )


def test_door_is_not_opened_for_a_cancelled_stay_nor_its_guest_written_to(
    owner: Client, troubled: AccessCode
) -> None:
    Device.objects.update(online=True)
    before = {one.deed for one in board_of(owner).context["board"].shown[0].remedies}
    Stay.objects.filter(grants__codes=troubled).update(status=StayStatus.CANCELLED)
    row = board_of(owner).context["board"].shown[0]

    assert "unlock" in before
    assert "unlock" not in {one.deed for one in row.remedies}
    assert row.messages_url is None


def test_staff_see_the_row_and_no_buttons(staff: Client, owner: Client, troubled: AccessCode) -> None:
    page = text_of(board_of(staff))

    assert "About failed_to_set_on_device." in page
    assert "Retry now" not in page
    assert click(staff, first_need(owner), "retry").status_code == 403


def test_retry_asks_the_lock_at_once(owner: Client, troubled: AccessCode) -> None:
    answer = click(owner, first_need(owner), "retry")

    troubled.refresh_from_db()
    troubled.device.refresh_from_db()
    assert (troubled.next_try_at, troubled.device.wake_at) == (None, NOW)
    assert "The lock is being asked" in text_of(answer)
    assert 'data-hx-trigger="every 500ms"' in answer.content.decode()


def test_row_asks_on_until_it_is_settled(owner: Client, troubled: AccessCode) -> None:
    answer = click(owner, first_need(owner), "retry")
    address = re.search(r'data-hx-get="([^"]+)"', answer.content.decode())
    assert address is not None
    poll = address[1].replace("&amp;", "&")

    waiting = owner.get(poll, headers=HTMX)
    Problem.objects.update(cleared_at=NOW)
    AccessCode.objects.update(ended_at=NOW)
    settled = owner.get(poll, headers=HTMX)

    assert (waiting.status_code, settled.status_code) == (200, 286)
    assert "Settled" in text_of(settled)


def test_row_says_so_when_the_lock_was_not_reached(
    owner: Client, troubled: AccessCode, clock: time_machine.Traveller
) -> None:
    key = first_need(owner).key

    clock.move_to(NOW + dt.timedelta(minutes=1), tick=False)
    answer = owner.get(
        reverse("need-row", args=[key]), {"deed": "retry", "since": str(NOW.timestamp())}, headers=HTMX
    )

    assert answer.status_code == 286
    assert "Keyturn keeps trying" in text_of(answer)
    assert "Retry now" in text_of(answer)


def test_new_code_is_issued_in_one_click(owner: Client, troubled: AccessCode, world: World) -> None:
    answer = click(owner, first_need(owner), "new-code")

    assert answer.status_code == 200
    troubled.refresh_from_db()
    assert troubled.revoked_at is not None
    assert Event.objects.get(type=EventType.PIN_ISSUED).actor == world.owner.email


def test_unlock_is_asked_of_the_lock_and_followed(owner: Client, troubled: AccessCode) -> None:
    need = first_need(owner)

    assert "The lock is being opened" in text_of(click(owner, need, "unlock"))
    ActionAttempt.objects.filter(requested_at=NOW).update(status="success", finished_at=NOW)
    answer = owner.get(
        reverse("need-row", args=[need.key]), {"deed": "unlock", "since": str(NOW.timestamp())}, headers=HTMX
    )

    assert "The door was opened." in text_of(answer)


def test_without_javascript_it_leads_back_to_today(owner: Client, troubled: AccessCode) -> None:
    answer = click(owner, first_need(owner), "retry", htmx=False)

    assert (answer.status_code, answer["Location"]) == (302, reverse("board"))
    assert "The lock is being asked" in text_of(board_of(owner))


def test_handled_row_is_hidden_with_who_and_when(owner: Client, troubled: AccessCode, world: World) -> None:
    click(owner, first_need(owner), "handled")

    board = board_of(owner)
    assert board.context["board"].needs.rows == ()
    assert "1 marked as handled" in text_of(board)
    note = HandledNote.objects.get(handled_by=world.owner.email)
    assert (note.handled_at, note.cause) == (NOW, f"{world.door.name}: About failed_to_set_on_device.")
    change = WorkspaceChange.objects.get(what="Trouble marked as handled")
    assert (change.at, change.actor) == (NOW, world.owner.email)


def test_handled_row_comes_back_with_another_problem(
    owner: Client, troubled: AccessCode, world: World
) -> None:
    click(owner, first_need(owner), "handled")

    raise_problem(world, "duplicate_code_on_device")

    assert board_of(owner).context["board"].counts.needs == 1


def test_handled_row_comes_back_on_a_word(owner: Client, troubled: AccessCode) -> None:
    need = first_need(owner)
    click(owner, need, "handled")

    owner.post(reverse("need-again", args=[need.key]))

    assert board_of(owner).context["board"].counts.needs == 1


def test_what_changed_since_it_was_read_is_not_hidden(
    owner: Client, troubled: AccessCode, world: World
) -> None:
    need = first_need(owner)
    raise_problem(world, "duplicate_code_on_device")

    answer = click(owner, need, "handled")

    assert "It has changed since you looked" in text_of(answer)
    assert not HandledNote.objects.filter(handled_at=NOW, key=need.key).exists()


@pytest.mark.parametrize("deed", ["nonsense", "again "])
def test_deed_that_there_is_not_is_not_found(owner: Client, troubled: AccessCode, deed: str) -> None:
    assert click(owner, first_need(owner), deed).status_code == 404


def test_report_of_a_guest_is_read_before_older_problems(
    owner: Client, troubled: AccessCode, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_problem(world, "guest_reports_failure", ProblemKind.WARNING)
    monkeypatch.setattr(needs, "PROBLEMS_READ", 1)

    assert "guest_reports_failure" in first_need(owner).codes
