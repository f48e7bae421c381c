"""A database of the simulator's own: made, filled with tables, copied for each worker, and dropped whatever happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

PREFIX = "keyturn_simulate_"
# What a crash would lose is made again by running the command again.
QUICK = "-c synchronous_commit=off -c jit=off"


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
            with using_database(own):
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
        connection.close()
        settings["NAME"], settings["OPTIONS"] = before


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
