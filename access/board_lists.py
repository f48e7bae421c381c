"""The lists of Today: which there are, whose stays stand in them, and what each of their rows tells.

All lists of a page are loaded together, since one stay may stand in several. Called by access.boards.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Min, QuerySet

from access import daily
from access.cleaning import Visit, visits_today
from access.daily import Days
from access.entries import entries_of_stays
from access.messaging.told import Told, told_guests
from access.needs import Need
from access.overview import StayAccess, access_of_stays
from access.status import STATE_TEXT
from properties.booking.details import rules_of
from properties.enums import StayKind
from properties.models import Stay, Workspace

ROWS_SHOWN: Final = 10
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A stay in a list of the board. `leaving`: whose place it takes today; `entered_at`: the guest's first entry;
    `visits`: who cleans there today, None where nobody leaves."""

    stay: Stay
    access: StayAccess
    time: dt.time
    leaving: Stay | None = None
    entered_at: dt.datetime | None = None
    visits: tuple[Visit, ...] | None = None
    told: Told | None = None

    @property
    def has_code(self) -> bool:
        return self.access.grant is not None and self.access.grant.pin_key is not None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the board. `kind` says how its rows read; `page` is there where the list stands alone."""

    slug: str
    title: str
    kind: str
    empty: str
    total: int
    rows: tuple[BoardRow, ...]
    page: Page[Any] | None = None

    @property
    def folds(self) -> bool:
        """Whether a phone shows its number first and its rows when asked: lists that can wait."""
        return self.slug in FOLDED

    @property
    def has_trouble(self) -> bool:
        """Whether a row says that something is wrong or not known, so that it is never folded away."""
        return any(STATE_TEXT[row.access.state].tone in TROUBLE for row in self.rows)

    @property
    def symbol(self) -> str:
        return {"arrive": "arrive", "depart": "depart", "turn": "refresh", "stay": "stay"}[self.kind]


# What a list is called, how its rows read, and what is said when there are none; by the word in the address.
LISTS: Final = {
    "arrivals": ("Arrivals today", "arrive", "Nobody arrives today."),
    "arrivals-tomorrow": ("Arrivals tomorrow", "arrive", "Nobody arrives tomorrow."),
    "departures": ("Departures today", "depart", "Nobody leaves today."),
    "departures-tomorrow": ("Departures tomorrow", "depart", "Nobody leaves tomorrow."),
    "turnovers": ("Turnovers today", "turn", "No unit is left and taken on the same day."),
    "in-stay": ("In stay now", "stay", "Nobody is there now."),
    "problems": (
        "Arrivals at risk, today and tomorrow",
        "arrive",
        "Every door is ready for who arrives today and tomorrow.",
    ),
}
ON_OVERVIEW: Final = (
    "arrivals",
    "arrivals-tomorrow",
    "turnovers",
    "departures",
    "departures-tomorrow",
    "in-stay",
)
FOLDED: Final = ("departures", "departures-tomorrow", "in-stay")
TROUBLE: Final = ("error", "warn", "unknown")
# Kinds of lists in which guests are waited for: what they were told matters.
COMING: Final = ("arrive", "turn")
# Where a cleaner is waited for.
LEFT_TODAY: Final = ("turnovers", "departures")
# Two lists of one count.
ALONG: Final = {
    "arrivals": ("arrivals", "arrivals-tomorrow"),
    "departures": ("departures", "departures-tomorrow"),
}


def in_danger(needs: Iterable[Need], *, now: dt.datetime) -> set[int]:
    """Stays that arrive today or tomorrow and need action."""
    return {
        need.stay.pk
        for need in needs
        if need.stay is not None
        and 0 <= (need.stay.arrival_date - now.astimezone(need.stay.unit.property.zone).date()).days <= 1
    }


def sections_of(
    workspace: Workspace,
    days: Days,
    endangered: Collection[int],
    totals: Mapping[str, int],
    *,
    show: str,
    page: str | None,
    with_told: bool,
) -> tuple[Section, ...]:
    """`totals`: how many stays there are in each list that is not the one that stands alone. `with_told`: whether it
    may be said what guests were written, which is for managers."""
    slugs = ON_OVERVIEW if not show else ALONG.get(show, (show,) if show in LISTS else ())
    querysets = {slug: queryset_of(workspace, slug, days, endangered) for slug in slugs}
    alone = Paginator(querysets[show], PAGE).get_page(page) if show in querysets else None
    found = {
        slug: list(alone.object_list if alone is not None and slug == show else rows[:ROWS_SHOWN])
        for slug, rows in querysets.items()
    }
    rows = rows_for(workspace, days, found, with_told=with_told)
    return tuple(
        Section(
            slug,
            *LISTS[slug],
            total=alone.paginator.count if alone is not None and slug == show else totals[slug],
            rows=rows[slug],
            page=alone if slug == show else None,
        )
        for slug in slugs
        if rows[slug] or show or slug not in ("turnovers", "in-stay")
    )


def queryset_of(
    workspace: Workspace, slug: str, days: Days, endangered: Collection[int]
) -> QuerySet[Stay, Any]:
    match slug:
        case "arrivals" | "arrivals-tomorrow":
            return daily.arrivals(workspace, days, int("tomorrow" in slug))
        case "departures" | "departures-tomorrow":
            return daily.departures(workspace, days, int("tomorrow" in slug))
        case "turnovers":
            return daily.turnovers(workspace, days)
        case "in-stay":
            return daily.in_stay(workspace, now=days.now)
    stays = daily.open_stays(workspace).filter(pk__in=endangered)
    return stays.select_related("unit__property", "guest").order_by("starts_at", "pk")


def rows_for(
    workspace: Workspace, days: Days, found: dict[str, list[Stay]], *, with_told: bool
) -> dict[str, tuple[BoardRow, ...]]:
    """The rows of all lists at once, since the same stay may stand in several."""
    stays = list({stay.pk: stay for rows in found.values() for stay in rows}.values())
    turning = {stay.unit_id for stay in found.get("turnovers", [])}
    leaving = daily.leaving_from(workspace, days, turning) if turning else {}
    access = access_of_stays([*stays, *leaving.values()], now=days.now)
    entered = first_entries(stays)
    left_today = [stay for slug in LEFT_TODAY for stay in found.get(slug, ())]
    visits = visits_today(left_today, now=days.now)
    coming = {stay for slug in found if LISTS[slug][1] in COMING for stay in found[slug]}
    guests = {stay.pk for stay in coming if stay.kind == StayKind.GUEST}
    told = told_guests(workspace, guests) if with_told else {}

    def row(slug: str, stay: Stay) -> BoardRow:
        return BoardRow(
            stay=stay,
            access=access[stay.pk],
            time=CLOCKS.get(slug, check_in_of)(stay),
            leaving=leaving.get(stay.unit_id) if slug == "turnovers" else None,
            entered_at=entered.get(stay.pk),
            visits=visits.get(stay.unit_id) if slug in LEFT_TODAY else None,
            told=told.get(stay.pk) if LISTS[slug][1] in COMING else None,
        )

    return {slug: tuple(row(slug, stay) for stay in rows) for slug, rows in found.items()}


def first_entries(stays: Sequence[Stay]) -> dict[int, dt.datetime]:
    """When the guests first opened a door with their own codes, as far as their locks tell."""
    opened = entries_of_stays([stay.pk for stay in stays])
    return dict(opened.values_list("stay").annotate(at=Min("occurred_at")))


def check_in_of(stay: Stay) -> dt.time:
    return stay.override_check_in_time or stay.check_in_time or rules_of(stay.unit).check_in_time


def check_out_of(stay: Stay) -> dt.time:
    return stay.override_check_out_time or stay.check_out_time or rules_of(stay.unit).check_out_time


CLOCKS: Final[dict[str, Callable[[Stay], dt.time]]] = {
    "departures": check_out_of,
    "departures-tomorrow": check_out_of,
    "in-stay": check_out_of,
}
