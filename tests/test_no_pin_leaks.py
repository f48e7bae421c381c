"""A PIN is in no log line, URL, task, event, page without reveal, answer, crash report or repr; nor a feed's secret.

The PINs here have eight digits, so that none turns up anywhere by chance. The widest net is `stored_texts`: every
column of every table as the database itself writes it out.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.log import AdminEmailHandler
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, LockCode
from access.running.runner import run_due
from locks.drivers.base import CodeToPut, Outcome, Rejected, RejectReason, Unknown
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.moods import Mood, set_mood
from locks.drivers.virtual.outside import edit_from_outside
from locks.models import Door
from properties import crypto
from properties.booking import cancel_stay
from properties.enums import CancelReason
from properties.models import CalendarFeed, Membership, Stay, User
from tests.factories import lock_of, make_member, make_property, make_stay, make_unit, virtual_door
from tests.routes import OBJECT_PAGES, OWN_PAGES, ROUTES
from tests.world import make_world

FEED_SECRET = "f33ds3cr3tt0k3n"
FEED_URL = f"http://127.0.0.1:9/{FEED_SECRET}/calendar.ics?s={FEED_SECRET}"
OUTSIDE_PIN = "59318264"


@dataclass
class Story:
    """A stay on a door with its live code."""

    owner: User
    stay: Stay
    door: Door

    @property
    def pins(self) -> set[str]:
        kinds: tuple[Any, ...] = (AccessCode, AccessGrant, LockCode)
        rows = [row for kind in kinds for row in kind.objects.all()]
        return {row.pin for row in rows if row.pin is not None}


@pytest.fixture
def story(transactional_db: None) -> Story:
    """What happens to most codes: programmed, moved, seen changed, shown, replaced, late, refused."""
    cache.clear()
    unit = make_unit(make_property(time_zone="Europe/Zurich"))
    owner = make_member(unit.property.workspace, email="owner@example.org")
    door = virtual_door(unit, brand="schlage", now=timezone.now(), reports={"pin_lengths": [8]})
    stay = book(unit, days=1)
    run_due()
    return Story(owner, stay, door)


def book(unit: Any, *, days: int) -> Stay:
    first = timezone.now().date() + dt.timedelta(days=days)
    return make_stay(unit, arrival_date=first, now=timezone.now())


def pin_of(stay: Stay) -> str:
    code = AccessCode.objects.filter(grant__stay=stay, revoked_at=None).first()
    assert code is not None
    assert code.pin is not None
    assert len(code.pin) == 8
    return code.pin


def live_through_trouble(story: Story) -> None:
    """Replace, edit outside, lose, refuse, go offline, cancel: every path that has something to say."""
    lock = lock_of(story.door)
    grant = AccessGrant.objects.get(stay=story.stay, revoked_at=None)
    reveal_pins(grant, actor="owner@example.org", now=timezone.now())
    issue_new_pin(grant, actor="owner@example.org", now=timezone.now())
    run_due()
    edit_from_outside(lock_of(story.door), lock.codes.get().slot, pin=OUTSIDE_PIN)
    wake(story.door)
    set_mood(lock_of(story.door), Mood.REJECTING, reason=RejectReason.DUPLICATE_PIN, calls=1)
    book(story.stay.unit, days=10)
    set_mood(lock_of(story.door), Mood.APPLIED_BUT_TIMEOUT, calls=1)
    wake(story.door)
    set_mood(lock_of(story.door), Mood.OFFLINE, calls=3)
    wake(story.door)
    keypad(lock_of(story.door), pin_of(story.stay))
    cancel_stay(story.stay, reason=CancelReason.PERSON, actor="owner@example.org", now=timezone.now())
    run_due()


def wake(door: Door) -> None:
    from locks.waking import wake_devices

    wake_devices([door.device_id], at=timezone.now())
    run_due()


def stored_texts() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                yield table, row


def assert_in_none(secrets: set[str], texts: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
    found = {where for where, text in texts for secret in secrets if secret in text}
    assert found == set()


def test_f99_pipeline_leaves_no_pin_in_logs_queries_or_tables(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    pins = story.pins
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "django", "django.db.backends", "django-q", "access", "locks", "properties"):
        caplog.set_level(logging.DEBUG, logger=name)
    with CaptureQueriesContext(connection) as queries:
        live_through_trouble(story)
    pins |= story.pins | {OUTSIDE_PIN}

    assert len(pins) > 3
    records = [
        (record.name, f"{record.getMessage()} {record.args} {record.exc_text}") for record in caplog.records
    ]
    assert len(records) > 10
    assert_in_none(pins, records)
    assert_in_none(pins, [("query", query["sql"]) for query in queries.captured_queries])
    assert_in_none(pins, stored_texts())
    assert mail.outbox == []


def test_net_would_catch_a_pin(story: Story) -> None:
    """The same search finds what is there: a search that finds nothing anywhere would prove nothing."""
    story.stay.notes = f"code {pin_of(story.stay)}"
    story.stay.save()
    with pytest.raises(AssertionError):
        assert_in_none(story.pins, stored_texts())


def chatty(answer: type[Rejected | Unknown]) -> Any:
    """A lock system that repeats what it was sent in what it says."""

    async def put_code(self: VirtualConnection, device: str, code: CodeToPut) -> Outcome:
        said = f"The code {code.pin} is not liked."
        if answer is Rejected:
            return Rejected(RejectReason.NOT_ALLOWED, said)
        return Unknown(said)

    return put_code


async def crashing(self: VirtualConnection, device: str, code: CodeToPut) -> Outcome:
    raise RuntimeError(f"cannot send {code.pin}")


@pytest.mark.parametrize(
    "put_code", [chatty(Rejected), chatty(Unknown), crashing], ids=["no", "perhaps", "crash"]
)
def test_f99_lock_system_that_repeats_the_pin_is_not_quoted(
    put_code: Any, story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(VirtualConnection, "put_code", put_code)
    caplog.set_level(logging.DEBUG)
    book(story.stay.unit, days=2)
    wake(story.door)

    assert AccessCode.objects.filter(failures__gt=0).exists()
    assert_in_none(story.pins, stored_texts())
    assert_in_none(
        story.pins, [(record.name, f"{record.getMessage()} {record.exc_text}") for record in caplog.records]
    )


def test_f99_tasks_carry_no_pin(story: Story) -> None:
    from access.schedules import ensure_schedules
    from access.tasks import revive_runners

    ensure_schedules()
    revive_runners()
    live_through_trouble(story)
    async_task("properties.tasks.enqueue_due_feeds")
    queued = [("queued", repr(row.task)) for row in OrmQ.objects.all()]
    done = [("done", f"{row.args!r} {row.kwargs!r} {row.result!r}") for row in Task.objects.all()]
    assert queued
    assert_in_none(story.pins, queued + done)


def pages_of(story: Story) -> Iterator[tuple[str, Any]]:
    """Every page about the story's objects, as its owner sees it."""
    world = make_world("WORLD", now=timezone.now(), pin=pin_of(story.stay))
    Membership.objects.create(workspace=world.workspace, user=story.owner, role="owner")
    client = Client(raise_request_exception=False)
    client.force_login(story.owner)
    for workspace, stay, door in (
        (world.workspace, world.stay, world.door),
        (story.stay.workspace, story.stay, story.door),
    ):
        client.post(reverse("workspace-switch"), {"workspace": str(workspace.public_id)})
        here = (
            dataclasses.replace(world, stay=stay, door=door, device=door.device)
            if stay == story.stay
            else world
        )
        for route in ROUTES:
            if route.name in OWN_PAGES or route.name in OBJECT_PAGES:
                arguments = OBJECT_PAGES[route.name](here) if route.name in OBJECT_PAGES else {}
                address = route.address(arguments)
                yield route.name, client.get(address)
                yield route.name, client.get(address, headers={"HX-Request": "true"})


def test_f99_pages_without_reveal_show_no_pin(story: Story) -> None:
    secrets = {pin_of(story.stay), FEED_SECRET}
    answers = list(pages_of(story))
    assert {name for name, answer in answers if answer.status_code == 200} >= {
        "board",
        "stay-detail",
        "device-detail",
    }
    assert {name for name, answer in answers if answer.status_code >= 500} == set()
    assert_in_none(
        secrets, [(name, f"{answer.headers} {answer.getvalue().decode()}") for name, answer in answers]
    )


def test_f99_reveal_shows_the_pin_once_and_leaves_no_trace(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.force_login(story.owner)
    pin = pin_of(story.stay)
    caplog.set_level(logging.DEBUG)
    shown = client.post(reverse("stay-reveal", args=[story.stay.public_id]))
    again = client.get(reverse("stay-detail", args=[story.stay.public_id]))

    assert pin in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert pin not in f"{shown.headers} {shown.cookies} {again.headers} {again.content.decode()}"
    assert_in_none({pin}, stored_texts())
    assert_in_none({pin}, [(record.name, record.getMessage()) for record in caplog.records])


def test_keypad_keeps_and_logs_nothing_of_what_is_typed(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.force_login(story.owner)
    caplog.set_level(logging.DEBUG)
    address = reverse("device-keypad", args=[story.door.device.public_id])
    answers = [client.post(address, {"pin": pin}) for pin in (pin_of(story.stay), OUTSIDE_PIN)]
    assert_in_none(
        {pin_of(story.stay), OUTSIDE_PIN},
        [*stored_texts(), *(("page", f"{one.headers} {one.content.decode()}") for one in answers)],
    )
    assert_in_none({OUTSIDE_PIN}, [(record.name, record.getMessage()) for record in caplog.records])


def test_f99_admin_shows_no_pin(story: Story) -> None:
    live_through_trouble(story)
    secrets = story.pins | {OUTSIDE_PIN}
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.org"))
    texts = []
    for model in admin.site._registry:
        names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        texts.append((model._meta.label, client.get(reverse(f"{names}_changelist")).content.decode()))
        for row in model._default_manager.all()[:5]:
            answer = client.get(reverse(f"{names}_change", args=[row.pk]), follow=True)
            texts.append((model._meta.label, answer.content.decode()))
    assert len(texts) > 20
    assert_in_none(secrets, texts)


def test_f99_api_answers_hold_no_pin_without_the_scope(story: Story) -> None:
    from access.api_keys import create_key

    _, secret = create_key(story.stay.workspace, name="x", scopes=["read", "write"])
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    address = f"/api/v1/reservations/{story.stay.source}/{story.stay.external_id}"
    answers = [
        client.get(address),
        client.get("/api/v1/reservations/"),
        *(
            client.get(f"/api/v1/{name}/")
            for name in ("access-codes", "access-keys", "events", "staff-access")
        ),
        client.put(address, {"adults": 2}, content_type="application/json"),
        client.delete(address),
    ]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert answers[0].json()["access"]["doors"][0]["code"] is None
    assert_in_none(story.pins, [("api", f"{answer.headers} {answer.content.decode()}") for answer in answers])


# The 500 page


def test_f99_500_page_and_error_mail_hold_no_pin(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pin = pin_of(story.stay)

    def broken(text: str) -> str:
        raise RuntimeError("the box is broken")

    client = Client(raise_request_exception=False)
    client.force_login(story.owner)
    logger = logging.getLogger("django.request")
    handler = AdminEmailHandler(include_html=True)
    logger.addHandler(handler)
    monkeypatch.setattr(crypto, "decrypt", broken)
    monkeypatch.setattr(crypto, "encrypt", broken)
    try:
        with override_settings(ADMINS=[("Root", "root@example.org")]):
            pages = [
                client.post(reverse("stay-reveal", args=[story.stay.public_id])),
                client.post(reverse("device-keypad", args=[story.door.device.public_id]), {"pin": pin}),
            ]
    finally:
        logger.removeHandler(handler)

    assert {page.status_code for page in pages} == {500}
    assert mail.outbox
    texts = [("mail", str(one.message())) for one in mail.outbox]
    texts += [("page", page.content.decode()) for page in pages]
    stream = io.StringIO()
    formatter = logging.Formatter()
    for record in caplog.records:
        stream.write(formatter.format(record))
    assert_in_none({pin}, [*texts, ("log", stream.getvalue())])


# Feed addresses


def test_feed_that_fails_keeps_its_address_to_itself(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    from properties.calendars.syncing import sync_feed

    feed = CalendarFeed.objects.create(unit=story.stay.unit, name="Feed", url=FEED_URL)
    caplog.set_level(logging.DEBUG)
    fetch = sync_feed(feed.pk)
    client = Client()
    client.force_login(story.owner)
    pages = [client.get(reverse("feed-detail", args=[feed.public_id])), client.get(reverse("feed-list"))]

    assert fetch is not None
    assert fetch.outcome == "failed"
    assert [page.status_code for page in pages] == [200, 200]
    assert_in_none({FEED_SECRET}, stored_texts())
    assert_in_none({FEED_SECRET}, [("page", page.content.decode()) for page in pages])
    assert_in_none(
        {FEED_SECRET},
        [(record.name, f"{record.getMessage()} {record.exc_text}") for record in caplog.records],
    )
    assert FEED_SECRET not in f"{feed} {feed!r} {feed.masked_url} {fetch} {fetch!r}"
