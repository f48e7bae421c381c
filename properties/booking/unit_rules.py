"""Times and buffers of single units, above those of their property; the windows of their stays move with them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from properties.booking.details import BookingError
from properties.booking.locking import locked_units
from properties.booking.recording import assign
from properties.booking.touching import move_stays
from properties.models import Unit
from properties.noting import in_words, note_change

if TYPE_CHECKING:
    from collections.abc import Iterable

UNIT_RULES: Final = ("check_in_time", "check_out_time", "buffer_before", "buffer_after")


@transaction.atomic
def change_unit_rules(units: Iterable[Unit], *, actor: str, now: dt.datetime, **rules: Any) -> int:
    """Give these to all of the units or to none, and return how many stays moved; None: as the property has it.

    Raise BookingError, which names the unit.
    """
    unknown = rules.keys() - set(UNIT_RULES)
    if unknown:
        raise TypeError(f"These are not rules of a unit: {', '.join(sorted(unknown))}")
    locked = locked_units().filter(pk__in=[unit.pk for unit in units])
    return sum(_change(unit, rules, actor=actor, now=now) for unit in list(locked))


def _change(unit: Unit, rules: dict[str, Any], *, actor: str, now: dt.datetime) -> int:
    changes = assign(unit, rules)
    if not changes:
        return 0
    try:
        unit.full_clean()
        unit.save(update_fields=UNIT_RULES)
        moved = move_stays(
            {"unit": unit}, {f"unit.{name}": pair for name, pair in changes.items()}, actor=actor, now=now
        )
    except ValidationError as wrong:
        told = {name: " ".join(texts) for name, texts in wrong.message_dict.items()}
    except BookingError as problem:
        told = problem.errors
    else:
        place = unit.property
        note_change(
            place.workspace,
            "Unit changed",
            f"{unit.name}: {in_words(changes)}",
            actor=actor,
            now=now,
            place=place,
        )
        return moved
    raise BookingError({name: f"{unit.name}: {sentence}" for name, sentence in told.items()})
