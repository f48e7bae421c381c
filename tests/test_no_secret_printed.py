"""Nothing that holds a secret prints it: rows, and dataclasses by the names of their fields."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

import access
import config
import locks
import properties
from tests.world import CREDENTIAL, FEED_SECRET, FOREIGN_PIN, PIN, make_world


def modules() -> Iterator[Any]:
    for package in (config, properties, locks, access):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"\.(asgi|wsgi|migrations|tests|postgres_guard)\b|__main__", info.name):
                yield importlib.import_module(info.name)


# A page's address on this site, and the link inside a calendar event, are no secrets.
HARMLESS = {
    "access.boards.NeedRow.messages_url",
    "access.needs.Need.url",
    "access.searching.Hit.url",
    "access.views.board.CountLink.url",
    "properties.calendars.parsing.CalendarEvent.url",
}


def secretive(name: str) -> bool:
    return bool(re.search(r"(^|_)(pin|pins|secret|password|credentials|url|token)$", name))


def test_no_dataclass_prints_a_secret() -> None:
    kinds = {
        kind
        for module in modules()
        for kind in vars(module).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__.split(".")[0] in
        {"config", "properties", "locks", "access"}
    }  # fmt: skip
    printed = {
        f"{kind.__module__}.{kind.__qualname__}.{one.name}"
        for kind in kinds
        for one in dataclasses.fields(kind)
        if one.repr and "str" in str(one.type) and secretive(one.name)
    }
    assert len(kinds) > 20
    assert printed - HARMLESS == set()


@pytest.mark.django_db
def test_no_row_prints_a_secret() -> None:
    world = make_world("WORLD", now=timezone.now())
    rows = [row for model in apps.get_models() for row in model._default_manager.all()]
    assert len(rows) > 20
    secrets = (PIN, FOREIGN_PIN, FEED_SECRET, CREDENTIAL, world.key_secret)
    printed = [f"{row} {row!r}" for row in rows]
    assert [text for text in printed for secret in secrets if secret in text] == []
