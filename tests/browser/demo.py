"""The demo's data, as `manage.py demo` makes it, for journeys: lived through once, put back for each.

`lived` calls what the command calls (`ensure_demo`, five days of past), reads the calendars of the demo's own server as
the workers do at its start, and keeps all rows as PostgreSQL copies them. With several test processes, one of them does
so for all. `demo` puts the rows back into emptied tables. Used by the journeys (tests/browser/journeys.py).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from access.demo.feed_server import serving
from access.demo.portfolio import demo_workspace, ensure_portfolio
from access.management.commands.demo import ensure_demo
from access.management.commands.run import find_port
from access.running.runner import run_due
from locks.models import Door
from properties.calendars.syncing import sync_feed
from properties.models import CalendarFeed, Stay, User, Workspace
from tests.browser.conftest import PASSWORD
from tests.browser.elsewhere import elsewhere

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOWED: Final = (
    "KEYTURN_FEEDS_ALLOW_PRIVATE",
    "KEYTURN_ALERTS_ALLOW_PRIVATE",
    "KEYTURN_WEBHOOKS_ALLOW_PRIVATE",
)
FEED_PORT: Final = 18_799


@dataclass(frozen=True)
class Demo:
    owner: User
    workspace: Workspace
    server: str  # the demo's own, which its calendars come from

    def stay(self, guest: str) -> Stay:
        return (
            Stay.objects.in_workspace(self.workspace).select_related("unit__property").get(guest__name=guest)
        )

    def door(self, place: str, name: str) -> Door:
        doors = Door.objects.in_workspace(self.workspace).select_related("device__account", "property")
        return doors.get(property__name=place, name=name)


@dataclass(frozen=True)
class Kept:
    """Each table's rows as text, and where its numbers went on."""

    port: int
    rows: Mapping[str, bytes]
    numbers: Mapping[str, int]


@pytest.fixture(scope="session")
def lived(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Kept, dt.datetime]:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with django_db_blocker.unblock(), (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = shared / "demo.rows"
        if not path.exists():
            path.write_bytes(pickle.dumps(elsewhere(live)))
        kept: tuple[Kept, dt.datetime] = pickle.loads(path.read_bytes())
    return kept


def live() -> tuple[Kept, dt.datetime]:
    before = {name: getattr(django_settings, name, False) for name in ALLOWED}
    for name in ALLOWED:
        setattr(django_settings, name, True)
    now, port = timezone.now(), find_port(FEED_PORT)
    try:
        with serving(port, now):
            user = ensure_demo(password=PASSWORD, feed_base=f"http://127.0.0.1:{port}/demo", now=now)
            for feed in CalendarFeed.objects.in_workspace(workspace_of(user)).order_by("pk"):
                sync_feed(feed.pk)
            run_due()
        return keep(port), now
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(map(quoted, tables()))} CASCADE")
        for name, value in before.items():
            setattr(django_settings, name, value)


def workspace_of(user: User) -> Workspace:
    workspace = demo_workspace(user)
    assert workspace is not None
    return workspace


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True)


def keep(port: int) -> Kept:
    rows, numbers = {}, {}
    with connection.cursor() as cursor:
        for table in tables():
            with cursor.copy(f"COPY {quoted(table)} TO STDOUT") as copy:
                rows[table] = b"".join(bytes(part) for part in copy)
        cursor.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")
        numbers = {name: last for name, last in cursor.fetchall() if last is not None}
    return Kept(port, rows, numbers)


@transaction.atomic
def put_back(kept: Kept) -> None:
    """In one transaction, at whose end each row's references are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(quoted, tables()))} CASCADE")
        for table, rows in kept.rows.items():
            with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
                copy.write(rows)
        for name, last in kept.numbers.items():
            cursor.execute("SELECT setval(%s, %s)", [name, last])


@pytest.fixture
def demo(lived: tuple[Kept, dt.datetime], transactional_db: None, settings: Any) -> Iterator[Demo]:
    for name in ALLOWED:
        setattr(settings, name, True)
    kept, begun = lived
    port = find_port(kept.port)
    elsewhere(lambda: put_back(kept))
    server = f"http://127.0.0.1:{port}"
    user = ensure_portfolio(password=PASSWORD, feed_base=f"{server}/demo", now=timezone.now())
    with serving(port, begun):
        yield Demo(user, workspace_of(user), server)
