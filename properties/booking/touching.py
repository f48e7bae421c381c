"""Changes that reach many stays at once, and the handshake by which access knows what it has not yet seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from properties.booking.details import BookingError, compute_window, times_of
from properties.booking.recording import Action, Changes, assign, record, write_change
from properties.compiled import compiled
from properties.enums import StayStatus
from properties.models import CalendarFeed, Property, Stay
from properties.noting import in_words, note_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RULE_FIELDS: Final = frozenset(
    {
        *("name", "address", "time_zone", "check_in_time", "check_out_time", "buffer_before", "buffer_after"),
        *("automatic_backup", "backup_minutes"),
        *("address_hours", "arrival_notes", "guest_contact", "guest_unlock"),
    }
)
# Two buffers of a day and the widest span of time zones: later than this no rule can make a stay current again.
_PAST: Final = dt.timedelta(days=4)


_ACKNOWLEDGE: Final = """
    UPDATE properties_stay SET acknowledged_revision = %s
    WHERE id = %s AND acknowledged_revision < %s AND revision >= %s
"""


@transaction.atomic
def change_property_rules(place: Property, *, actor: str, now: dt.datetime, **fields: Any) -> int:
    """Save these fields of the property, move the windows of its stays, and return how many moved.

    Raise BookingError where a field is wrong or a stay would be left with no time at all.
    """
    unknown = fields.keys() - RULE_FIELDS
    if unknown:
        raise TypeError(f"These are not rules of a property: {', '.join(sorted(unknown))}")
    if "time_zone" in fields:
        _forget_validators(place)
    place.refresh_from_db(from_queryset=Property.objects.select_for_update(no_key=True))
    rules: Changes = assign(place, fields)
    if not rules:
        return 0
    try:
        place.full_clean()
    except ValidationError as wrong:
        raise BookingError({name: " ".join(texts) for name, texts in wrong.message_dict.items()}) from None
    place.save()
    note_change(place.workspace, "Property changed", in_words(rules), actor=actor, now=now, place=place)
    told = {f"property.{name}": pair for name, pair in rules.items()}
    return move_stays({"unit__property": place}, told, actor=actor, now=now)


def move_stays(where: Mapping[str, Any], rules: Changes, *, actor: str, now: dt.datetime) -> int:
    """Give the stays of these places the windows that follow from new rules; their property is held by the caller."""
    recent = Q(departure_date__isnull=True) | Q(departure_date__gte=(now - _PAST).date())
    stays = Stay.objects.select_for_update(of=("self",), no_key=True).select_related("unit__property")
    found = stays.filter(recent, **where).order_by("pk")
    return sum(_move(stay, rules, actor=actor, now=now) for stay in found)


def _forget_validators(place: Property) -> None:
    """Timed events must be read again; "not modified" would keep them in the old zone. Feeds are locked first."""
    feeds = (
        CalendarFeed.objects.select_for_update(of=("self",))
        .filter(unit__property=place)
        .order_by("pk")
        .only("pk")
    )
    CalendarFeed.objects.filter(pk__in=[feed.pk for feed in feeds]).update(etag="", last_modified="")


def _move(stay: Stay, rules: Changes, *, actor: str, now: dt.datetime) -> bool:
    window = compute_window(times_of(stay), stay.unit)
    moved = assign(stay, {"starts_at": window.starts_at, "ends_at": window.ends_at})
    if moved:
        write_change(stay, moved | rules, action=Action.RULES, actor=actor, now=now)
    return bool(moved)


@transaction.atomic
def touch_units(unit_ids: Iterable[int], *, actor: str, now: dt.datetime) -> int:
    """The doors of these units changed: let access look again at every stay that is running or to come."""
    ids = sorted(set(unit_ids))
    _lock_places_of(ids)
    stays = _current_stays(ids, now)
    for stay in stays:
        stay.revision += 1
        stay.save(update_fields=["revision", "updated_at"])
        record(stay, {}, action=Action.DOORS, actor=actor, now=now)
    return len(stays)


@compiled
def _lock_places_of(unit_ids: Sequence[int]) -> QuerySet[Property, int]:
    """Locked in the order of every other writer of several stays."""
    places = Property.objects.select_for_update(no_key=True).filter(units__in=unit_ids)
    return places.order_by("pk").values_list("pk", flat=True)


@compiled
def _current_stays(unit_ids: Sequence[int], now: dt.datetime) -> QuerySet[Stay]:
    current = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    stays = Stay.objects.select_for_update(of=("self",), no_key=True).filter(current, unit__in=unit_ids)
    return stays.exclude(status=StayStatus.CANCELLED).order_by("pk")


def acknowledge(stay_id: int, *, revision: int) -> bool:
    """Say that codes were declared from this revision; an older word than the stored one changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_ACKNOWLEDGE, [revision, stay_id, revision, revision])
        return bool(cursor.rowcount)


def acknowledge_all(stays: Iterable[Stay]) -> None:
    """As `acknowledge`, of stays that the caller has locked."""
    behind = Stay.objects.filter(pk__in=[stay.pk for stay in stays], acknowledged_revision__lt=F("revision"))
    behind.update(acknowledged_revision=F("revision"))


def unacknowledged_stays(*, limit: int, after: int = 0) -> list[int]:
    """Ids in ascending order, from the partial index; `after` is the last one already seen."""
    behind = Stay.objects.filter(acknowledged_revision__lt=F("revision"), pk__gt=after)
    return list(behind.order_by("pk").values_list("pk", flat=True)[:limit])
