"""Units as they are now, held so that no rule of theirs or of their property changes while windows are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from properties.models import Unit

if TYPE_CHECKING:
    from django.db.models import QuerySet


def locked_units() -> QuerySet[Unit]:
    """In the order of every other writer: each property first, since whoever holds it may change its units."""
    units = Unit.objects.select_for_update(of=("property", "self"), no_key=True).select_related("property")
    return units.order_by("property_id", "pk")
