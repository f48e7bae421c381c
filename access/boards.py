"""What Today shows: counts, what needs action first, and who arrives, leaves, turns over and stays by each property's
own day.

Read-only, with a number of queries that does not grow with the rows, and with as many rows loaded as are shown. Called
by access.views.board.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from access import daily
from access.board_lists import LISTS, Section, in_danger, sections_of
from access.daily import days_of
from access.doubts import stays_in_doubt
from access.feed_needs import feed_needs
from access.handled import Handled, notes_on, part_by_notes
from access.mending import Remedy, devices_with_backup, messages_url, remedies_for
from access.models import Event, HandledNote, Problem
from access.needs import Need, needs_of
from access.outside import outside_needs
from access.overview import access_of_stays
from access.stay_pages import stamp
from access.webhook_needs import webhook_needs
from locks.models import Device
from properties.models import Stay, Workspace

AROUND: Final = dt.timedelta(days=2)
BATTERY_LOW: Final = 0.2
VERSION_STEP: Final = 60
# Among the other lists, and alone.
# How many rows need action on the overview, and on a page of their own list.
NEEDS_SHOWN, NEEDS_PAGE = 20, 100
SHOWS: Final = ("needs", *LISTS)


@dataclass(frozen=True, slots=True)
class NeedRow:
    need: Need
    remedies: tuple[Remedy, ...]
    messages_url: str | None


@dataclass(frozen=True, slots=True)
class Needs:
    """All rows that need action, and those that were marked as handled."""

    rows: tuple[Need, ...]
    handled: tuple[Handled, ...]

    @property
    def tone(self) -> str:
        """The worst tone of what needs action."""
        tones = {need.tone for need in self.rows}
        if not tones:
            return "ok"
        return "warn" if tones == {"warn"} else "error"

    def find(self, key: str) -> Need | None:
        known = (*self.rows, *(one.need for one in self.handled))
        return next((need for need in known if need.key == key), None)


@dataclass(frozen=True, slots=True)
class Counts:
    needs: int
    arrivals: int
    departures: int
    turnovers: int
    in_stay: int
    problems: int
    offline: int
    battery_low: int


@dataclass(frozen=True, slots=True)
class Board:
    """`show`: which list stands alone, empty for all of them."""

    counts: Counts
    needs: Needs
    shown: tuple[NeedRow, ...]
    sections: tuple[Section, ...]
    show: str = ""
    needs_page: Page[Need] | None = None

    @property
    def tone(self) -> str:
        return self.needs.tone

    @property
    def columns(self) -> tuple[tuple[Section, ...], ...]:
        """Who comes beside who goes; empty where one list stands alone."""
        if self.show:
            return ()
        coming = tuple(one for one in self.sections if one.kind == "arrive")
        return coming, tuple(one for one in self.sections if one.kind in ("turn", "depart"))

    @property
    def below(self) -> tuple[Section, ...]:
        return self.sections if self.show else tuple(one for one in self.sections if one.kind == "stay")

    @property
    def left_out(self) -> int:
        """How many rows that need action are not shown where they are listed."""
        return len(self.needs.rows) - len(self.shown)


def board_of(
    workspace: Workspace,
    *,
    now: dt.datetime,
    show: str = "",
    page: str | None = None,
    with_told: bool = False,
) -> Board:
    days = days_of(workspace, now=now)
    needs = needs_for(workspace, now=now)
    endangered = in_danger(needs.rows, now=now)
    of_day = daily.count_day(workspace, days)
    counts = counts_of(workspace, of_day, needs, problems=len(endangered))
    needs_page = Paginator(needs.rows, NEEDS_PAGE).get_page(page) if show == "needs" else None
    rows = (
        needs.rows[:NEEDS_SHOWN]
        if not show
        else tuple(needs_page.object_list)
        if needs_page is not None
        else ()
    )
    return Board(
        counts=counts,
        needs=needs,
        shown=rows_of_needs(rows, now=now),
        needs_page=needs_page,
        sections=sections_of(workspace, days, endangered, of_day, show=show, page=page, with_told=with_told),
        show=show,
    )


def needs_for(workspace: Workspace, *, now: dt.datetime) -> Needs:
    stays = stays_in_doubt(workspace, now=now)
    access = access_of_stays(stays, now=now)
    others = [
        *feed_needs(workspace, now=now),
        *webhook_needs(workspace),
        *outside_needs(workspace, now=now),
    ]
    found = needs_of(workspace, stays, access, others=others, now=now)
    return Needs(*part_by_notes(found, notes_on(workspace, found)))


def rows_of_needs(needs: Sequence[Need], *, now: dt.datetime) -> tuple[NeedRow, ...]:
    backed = devices_with_backup(needs)
    return tuple(
        NeedRow(need, remedies_for(need, backed=backed, now=now), messages_url(need)) for need in needs
    )


def counts_of(workspace: Workspace, of_day: Mapping[str, int], needs: Needs, *, problems: int) -> Counts:
    locks = Device.objects.in_workspace(workspace).aggregate(
        offline=Count("pk", filter=Q(online=False)), low=Count("pk", filter=Q(battery_level__lt=BATTERY_LOW))
    )
    return Counts(
        needs=len(needs.rows),
        arrivals=of_day["arrivals"],
        departures=of_day["departures"],
        turnovers=of_day["turnovers"],
        in_stay=of_day["in-stay"],
        problems=problems,
        offline=locks["offline"],
        battery_low=locks["low"],
    )


def board_version(workspace: Workspace, *, now: dt.datetime) -> str:
    """Changes with whatever the board shows, and once a minute, since time itself moves its rows."""
    near = (now - AROUND, now + AROUND + daily.DAY)
    stays = (
        Stay.objects.filter(workspace=OuterRef("pk"))
        .filter(Q(starts_at__range=near) | Q(ends_at__range=near))
        .order_by()
        .values("workspace")
    )
    problems = (
        Problem.objects.filter(workspace=OuterRef("pk"), cleared_at=None).order_by().values("workspace")
    )
    notes = HandledNote.objects.filter(workspace=OuterRef("pk")).order_by().values("workspace")
    row = (
        Workspace.objects.filter(pk=workspace.pk)
        .annotate(
            event=Subquery(latest_event(workspace=OuterRef("pk"))),
            stay=Subquery(stays.annotate(latest=Max("updated_at")).values("latest")),
            stays_near=Subquery(stays.annotate(number=Count("pk")).values("number")),
            problem=Subquery(problems.annotate(latest=Max("pk")).values("latest")),
            open_problems=Subquery(problems.annotate(number=Count("pk")).values("number")),
            note=Subquery(notes.annotate(latest=Max("pk")).values("latest")),
            withdrawn=Subquery(notes.annotate(latest=Max("withdrawn_at")).values("latest")),
        )
        .values_list("event", "stay", "stays_near", "problem", "open_problems", "note", "withdrawn")
        .get()
    )
    return "-".join(stamp(part) for part in [*row, int(now.timestamp()) // VERSION_STEP])


def latest_event(**of: Any) -> QuerySet[Event, Any]:
    return Event.objects.filter(**of).order_by("-occurred_at", "-pk").values("pk")[:1]
