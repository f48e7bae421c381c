"""What leads from an empty workspace to the first working code: steps computed from what is there, each with the page
on which it is done. Called by access.views.board; one query where nothing is left to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from access.models import AccessCode
from locks.models import Device, Door
from properties.models import CalendarFeed, Property, Stay, Unit, Workspace


@dataclass(frozen=True, slots=True)
class Step:
    """`links`: where it is done, with the words of each button; none where it is done by itself."""

    text: str
    links: tuple[tuple[str, str], ...]
    is_done: bool
    hint: str = ""


def first_steps(workspace: Workspace) -> list[Step]:
    """Empty once there was a working code."""
    there = _what_is_there(workspace)
    if there["code"]:
        return []
    place = Property.objects.in_workspace(workspace).order_by("pk").first()
    stay = Stay.objects.in_workspace(workspace).order_by("pk").first() if there["stay"] else None
    return [
        Step(
            "Add a property: its time zone and usual times",
            _to("property-create", "Add property"),
            there["place"],
        ),
        Step("Add its units, which are what guests book", _unit_links(place), there["unit"]),
        Step(
            "Add a lock; a virtual one will do to begin with",
            _to("device-create", "Add lock"),
            there["lock"],
        ),
        Step("Say which door it is and whose guests use it", _door_links(place, there), there["door"]),
        Step(
            "Add a stay by hand, or subscribe to a calendar",
            _stay_links(there),
            there["feed"] or there["stay"],
        ),
        Step(
            "The first working code",
            ((reverse("stay-detail", args=[stay.public_id]), "See the stay"),) if stay is not None else (),
            is_done=False,
            hint="Comes by itself: up to three days before the arrival, and within a minute for a guest of today.",
        ),
    ]


def _what_is_there(workspace: Workspace) -> dict[str, bool]:
    """Codes of a pool are on a lock before any guest is; they are no proof that a guest would come in."""
    rows: dict[str, Any] = {
        "place": Property.objects.filter(workspace=OuterRef("pk")),
        "unit": Unit.objects.filter(property__workspace=OuterRef("pk")),
        "lock": Device.objects.filter(account__workspace=OuterRef("pk")),
        "door": Door.objects.filter(property__workspace=OuterRef("pk")),
        "feed": CalendarFeed.objects.filter(unit__property__workspace=OuterRef("pk")),
        "stay": Stay.objects.filter(workspace=OuterRef("pk")),
        "code": AccessCode.objects.filter(grant__workspace=OuterRef("pk"), confirmed_at__isnull=False),
    }
    there = Workspace.objects.annotate(**{f"has_{name}": Exists(found) for name, found in rows.items()})
    row = there.get(pk=workspace.pk)
    return {name: bool(getattr(row, f"has_{name}")) for name in rows}


def _to(name: str, label: str) -> tuple[tuple[str, str], ...]:
    return ((reverse(name), label),)


def _unit_links(place: Property | None) -> tuple[tuple[str, str], ...]:
    return () if place is None else ((reverse("unit-create", args=[place.public_id]), "Add unit"),)


def _door_links(place: Property | None, there: dict[str, bool]) -> tuple[tuple[str, str], ...]:
    """A door needs a unit that it leads to and a lock that is on it."""
    if place is None or not (there["unit"] and there["lock"]):
        return ()
    return ((reverse("door-create", args=[place.public_id]), "Add door"),)


def _stay_links(there: dict[str, bool]) -> tuple[tuple[str, str], ...]:
    if not there["unit"]:
        return ()
    return ((reverse("stay-create"), "Add stay"), (reverse("feed-create"), "Add feed"))
