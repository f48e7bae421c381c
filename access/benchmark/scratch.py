"""A database beside the configured one, for measures only, and gone after: also where the command is interrupted.

The Django of this process is pointed at it for as long as it exists, and child processes by `environment`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

# What migrations fill, and nothing here changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Interrupted(Exception):
    """The command was told to end."""


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """Make a database beside the one of `url`, migrated; yield its address."""
    name = f"{urlsplit(url).path.strip('/')}_benchmark_{os.getpid()}"
    with _ended_by_signals():
        _run(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with _django_on(name):
                call_command("migrate", verbosity=0)
                yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            _run(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def environment(url: str) -> Mapping[str, str]:
    """What a child process needs in order to work on this database."""
    return {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}


def empty() -> None:
    """Forget everything in this process's database but the schema."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    names = sql.SQL(", ").join(map(sql.Identifier, sorted(tables)))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))


@contextmanager
def _django_on(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _run(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(statement)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the command by an exception, as Ctrl-C does, so that everything is put away."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise Interrupted(f"ended by {signal.Signals(number).name}")

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
