"""A database of the simulator's own: made, filled with tables, copied for each worker, and dropped whatever happens."""

from __future__ import annotations

import datetime as dt
import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.backends.signals import connection_created
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader

PREFIX = "keyturn_simulate_"
# What a crash would lose is made again by running the command again.
QUICK = "-c synchronous_commit=off -c jit=off -c plan_cache_mode=force_generic_plan"
STATEMENTS = 2_000


class _MomentLoader(Loader):
    """Moments are half of what is read; Django's own loader takes them apart by a pattern. The session is in UTC."""

    timezone = dt.UTC  # Django asks for it

    def load(self, data: Buffer) -> dt.datetime:
        return dt.datetime.fromisoformat(bytes(data).decode())


@contextmanager
def scratch_databases(copies: int) -> Iterator[tuple[str, ...]]:
    """Yield the names of `copies` databases with all tables and no rows; dropped on leaving, on Ctrl-C and on TERM."""
    own = f"{PREFIX}{os.getpid()}"
    names = tuple(f"{own}_{number}" for number in range(copies))
    with _ending_on_term(), _server() as server:
        try:
            for name in (own, *names):
                _drop(server, name)
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(own)))
            with using_database(own), _no_collection():
                call_command("migrate", verbosity=0)
            for name in names:
                copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                server.execute(copy.format(sql.Identifier(name), sql.Identifier(own)))
            yield names
        finally:
            for name in (own, *names):
                _drop(server, name)


@contextmanager
def using_database(name: str) -> Iterator[None]:
    """Point the default connection at another database of the same server."""
    connection = connections["default"]
    connection.close()
    connection_created.connect(_prepare_all)
    settings: dict[str, Any] = connection.settings_dict
    before = settings["NAME"], settings.get("OPTIONS", {})
    settings["NAME"] = name
    settings["OPTIONS"] = {key: value for key, value in before[1].items() if key != "pool"} | {
        "options": QUICK,
        "server_side_binding": True,
        "prepare_threshold": 3,
    }
    try:
        yield
    finally:
        connection_created.disconnect(_prepare_all)
        connection.close()
        settings["NAME"], settings["OPTIONS"] = before


@contextmanager
def _no_collection() -> Iterator[None]:
    """Migrations make many classes, which stay: looking for garbage among them takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _prepare_all(*, connection: Any, **_: Any) -> None:
    """The same statements come again and again, and there are more of them than psycopg keeps prepared by itself."""
    connection.connection.prepared_max = STATEMENTS
    connection.connection.adapters.register_loader("timestamptz", _MomentLoader)


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    where = connections["default"].settings_dict
    with psycopg.connect(
        host=where["HOST"] or None,
        port=where["PORT"] or None,
        user=where["USER"] or None,
        password=where["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as server:
        yield server


def _drop(server: psycopg.Connection, name: str) -> None:
    with suppress(psycopg.Error):
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _ending_on_term() -> Iterator[None]:
    """A polite kill unwinds like Ctrl-C, so that nothing is left behind."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: whoever runs it there sees to its end
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
