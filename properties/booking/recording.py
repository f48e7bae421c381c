"""How every change of a stay is written: new revision, a line of history, an announcement on commit."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from properties.models import Stay, StayChange
from properties.signals import stay_changed
from properties.wording import readable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import Model

MAX_SHOWN: Final = 200
MAX_ACTOR: Final = 200

Changes = dict[str, list[str | None]]


class Action(enum.StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    OVERRIDDEN = "overridden"
    RENAMED = "renamed"
    RULES = "rules"
    DOORS = "doors"


# What history must not hold, or not in full.
SECRET_FIELDS: Final = frozenset({"preferred_code"})


def assign(row: Model, values: Mapping[str, Any], *, prefix: str = "") -> Changes:
    """Set what differs, and say what that was: name -> [before, after]."""
    changes: Changes = {}
    for name, after in values.items():
        before = getattr(row, name)
        if before != after:
            setattr(row, name, after)
            shown = _hidden if name in SECRET_FIELDS else _shown
            changes[prefix + name] = [shown(before), shown(after)]
    return changes


def write_change(stay: Stay, changes: Changes, *, action: Action, actor: str, now: dt.datetime) -> None:
    stay.revision += 1
    stay.save()
    record(stay, changes, action=action, actor=actor, now=now)


def record(stay: Stay, changes: Changes, *, action: Action, actor: str, now: dt.datetime) -> None:
    line_of(stay, changes, action=action, actor=actor, now=now).save()
    announce(stay.pk)


def line_of(stay: Stay, changes: Changes, *, action: Action, actor: str, now: dt.datetime) -> StayChange:
    """Unsaved, for those who write many at once."""
    return StayChange(
        stay=stay, at=now, actor=actor[:MAX_ACTOR], action=action, revision=stay.revision, fields=changes
    )


def changed_since(stay: Stay, *, revision: int, held: Collection[str]) -> dict[str, str]:
    """What each of these fields holds by now and who changed it, of the changes after this revision."""
    found: dict[str, str] = {}
    for change in stay.changes.filter(revision__gt=revision).order_by("pk"):
        for path, pair in change.fields.items():
            if path in held:
                value = readable(pair[1], stay.unit.property.zone)
                found[path] = f"Now “{value or 'empty'}”, changed by {change.actor}."
    return found


def announce(stay_id: int) -> None:
    transaction.on_commit(lambda: _send(stay_id), robust=True)


def _send(stay_id: int) -> None:
    stay_changed.send_robust(sender=Stay, stay_id=stay_id)


def _hidden(value: Any) -> str | None:
    return "given" if value else None


def _shown(value: Any) -> str | None:
    if value is None or value in ("", {}):
        return None
    if isinstance(value, dict):
        return ", ".join(sorted(value))[:MAX_SHOWN]
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)[:MAX_SHOWN]
