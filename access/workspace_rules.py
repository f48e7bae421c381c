"""What holds for a whole workspace, changed by a person; rules given to many properties, typed or those of one.

Called by the pages of settings. New sizes of backup pools are made real by a task: there may be hundreds of locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from django.db import transaction
from django_q.tasks import async_task

from properties.booking import BookingError, change_property_rules
from properties.models import Property, Workspace
from properties.noting import note_change

FIELDS: Final = ("name", "pin_policy", "backup_pool_size", "same_pin_in_disjoint_windows", "webview_look")
# What of a property another one may take over, by its name in a form.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "times": ("check_in_time", "check_out_time"),
    "buffers": ("buffer_before", "buffer_after"),
    "backups": ("automatic_backup", "backup_minutes"),
    "pass": ("address_hours", "guest_unlock"),
}


@transaction.atomic
def change_workspace(workspace: Workspace, *, values: Mapping[str, Any], actor: str) -> None:
    """`values` by the names of FIELDS; what is not among them stays."""
    row = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    resized = row.backup_pool_size != values.get("backup_pool_size", row.backup_pool_size)
    told = []
    for name in FIELDS:
        before = getattr(row, name)
        after = values.get(name, before)
        if before != after:
            told.append(_in_words(name, before, after))
            setattr(row, name, after)
    if told:
        row.save(update_fields=FIELDS)
        note_change(row, "Settings changed", "; ".join(told), actor=actor)
    if resized:
        task = partial(async_task, "access.tasks.resize_backup_pools", row.pk, cluster="slow")
        transaction.on_commit(task)


def _in_words(name: str, before: Any, after: Any) -> str:
    return (
        "look of sign-in pages" if name == "webview_look" else f"{name.replace('_', ' ')}: {before} → {after}"
    )


@transaction.atomic
def copy_rules(
    place: Property, *, to: Iterable[Property], groups: Iterable[str], actor: str, now: dt.datetime
) -> int:
    """Give these groups of rules to the others, all or none; return how many stays moved. Raise BookingError."""
    groups = list(groups)
    rules = {name: getattr(place, name) for group in groups for name in GROUPS[group]}
    others = [one for one in to if one.pk != place.pk]
    moved = give_rules(others, rules, actor=actor, now=now)
    told = f"{place.name} ({', '.join(groups)}) to {', '.join(one.name for one in others)}"
    note_change(place.workspace, "Rules given to properties", told, actor=actor, now=now)
    return moved


@transaction.atomic
def give_rules(places: Iterable[Property], rules: Mapping[str, Any], *, actor: str, now: dt.datetime) -> int:
    """All of them or none; return how many stays moved. Raise BookingError, which names the property."""
    moved = 0
    for place in sorted(places, key=lambda one: one.pk):
        try:
            moved += change_property_rules(place, actor=actor, now=now, **rules)
        except BookingError as problem:
            told = {name: f"{place.name}: {sentence}" for name, sentence in problem.errors.items()}
            raise BookingError(told) from problem
    return moved
