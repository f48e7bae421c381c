"""Find stays, people, units and locks by what people call them. Called by the page of the search.

Every word must be somewhere in what is found. Codes are never searched: whoever types one would be told whose it is.
Staff find what their pages show: no holders, and no guest by e-mail address or phone.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.urls import reverse

from access.models import StaffAccess
from locks.models import Device
from properties.models import Property, Stay, Unit, Workspace

SHOWN: Final = 10
SHORTEST: Final = 2
LONGEST: Final = 100
MAX_WORDS: Final = 6

GUEST: Final = ("guest__name", "reference", "external_id", "unit__name", "unit__property__name")
CONTACT: Final = ("guest__email", "guest__phone")
# Fewer digits could be a door's code.
SHORTEST_PHONE: Final = 7
PHONE_DIGITS: Final = Func(
    F("guest__phone"),
    Value(r"\D"),
    Value(""),
    Value("g"),
    function="regexp_replace",
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class Hit:
    url: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """`more`: where all of them are listed; empty where these are all."""

    title: str
    symbol: str
    hits: Sequence[Hit]
    more: str = ""


def search(workspace: Workspace, text: str, *, may_manage: bool, now: dt.datetime) -> list[Found]:
    """Empty where nothing is found, or nothing that can be looked for was typed."""
    words = text[:LONGEST].split()[:MAX_WORDS]
    if len("".join(words)) < SHORTEST:
        return []
    found = [_stays(workspace, words, text, may_manage=may_manage, now=now)]
    if may_manage:
        found.append(_holders(workspace, words))
    found += [_places(workspace, words), _units(workspace, words), _locks(workspace, words)]
    return [one for one in found if one.hits]


def _matching(words: Iterable[str], fields: Iterable[str]) -> Q:
    """Each word in any of the fields."""
    one_of = [
        functools.reduce(operator.or_, (Q(**{f"{field}__icontains": word}) for field in fields))
        for word in words
    ]
    return functools.reduce(operator.and_, one_of)


def _stays(workspace: Workspace, words: list[str], text: str, *, may_manage: bool, now: dt.datetime) -> Found:
    """Who is there or will come, then who was."""
    fields = (*GUEST, *CONTACT) if may_manage else GUEST
    wanted = _matching(words, fields)
    rows = Stay.objects.in_workspace(workspace)
    if may_manage and (digits := _phone_digits(text)):
        rows = rows.annotate(phone_digits=PHONE_DIGITS)
        wanted |= Q(phone_digits__contains=digits)
    rows = rows.filter(wanted)
    rows = rows.select_related("guest", "unit__property").order_by(
        Case(When(ends_at__lt=now, then=1), default=0), "starts_at", "pk"
    )
    stays = list(rows[: SHOWN + 1])
    hits = [
        Hit(
            reverse("stay-detail", args=[stay.public_id]),
            stay.guest_name,
            " · ".join(filter(None, _about(stay))),
        )
        for stay in stays[:SHOWN]
    ]
    more = f"{reverse('stay-list')}?{urlencode({'show': 'all', 'q': text})}" if len(stays) > SHOWN else ""
    return Found("Stays", "stay", hits, more)


def _about(stay: Stay) -> tuple[str, ...]:
    reference = "" if stay.reference in ("", stay.guest_name) else stay.reference
    return stay.unit.property.name, stay.unit.name, _days(stay), reference, stay.get_status_display()


def _phone_digits(text: str) -> str:
    """However a number is written, with spaces or without, with the country or a zero; empty where it is none."""
    if not re.fullmatch(r"[+\d\s().\-/]+", text):
        return ""
    digits = re.sub(r"\D", "", text).lstrip("0")
    return digits if len(digits) >= SHORTEST_PHONE else ""


def _days(stay: Stay) -> str:
    until = f"{stay.departure_date:%-d %b %Y}" if stay.departure_date else "open end"
    return f"{stay.arrival_date:%-d %b} to {until}"


def _holders(workspace: Workspace, words: list[str]) -> Found:
    rows = StaffAccess.objects.in_workspace(workspace).filter(
        _matching(words, ("holder_name", "contact", "note"))
    )
    hits = [
        Hit(
            reverse("staff-detail", args=[row.public_id]),
            row.holder_name,
            f"{row.get_kind_display()}{', ended' if row.ended_at else ''}",
        )
        for row in rows.order_by("ended_at", "holder_name", "pk")[:SHOWN]
    ]
    return Found("People", "user", hits, reverse("staff-list") if len(hits) == SHOWN else "")


def _places(workspace: Workspace, words: list[str]) -> Found:
    rows = Property.objects.in_workspace(workspace).filter(_matching(words, ("name", "address")))
    hits = [
        Hit(reverse("property-detail", args=[row.public_id]), row.name, row.address or row.time_zone)
        for row in rows.order_by("name", "pk")[:SHOWN]
    ]
    return Found("Properties", "building", hits, reverse("property-list") if len(hits) == SHOWN else "")


def _units(workspace: Workspace, words: list[str]) -> Found:
    rows = Unit.objects.in_workspace(workspace).filter(_matching(words, ("name", "property__name")))
    hits = [
        Hit(reverse("property-detail", args=[row.property.public_id]), row.name, row.property.name)
        for row in rows.select_related("property").order_by("property__name", "name", "pk")[:SHOWN]
    ]
    return Found("Units", "unit", hits, reverse("property-list") if len(hits) == SHOWN else "")


def _locks(workspace: Workspace, words: list[str]) -> Found:
    fields = ("name", "model", "brand", "door__name", "door__property__name")
    rows = Device.objects.in_workspace(workspace).filter(_matching(words, fields))
    hits = [
        Hit(reverse("device-detail", args=[row.public_id]), row.name, _where(row))
        for row in rows.select_related("door__property").order_by("name", "pk")[:SHOWN]
    ]
    return Found("Locks", "lock", hits, reverse("device-list") if len(hits) == SHOWN else "")


def _where(device: Device) -> str:
    door = getattr(device, "door", None)
    return f"{door.property.name} · {door.name}" if door is not None else "No door yet"
