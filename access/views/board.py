"""The board: what happens today and tomorrow, and what needs action first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from access.activity import recent_activity
from access.boards import SHOWS, Board, board_of, board_version
from access.first_steps import first_steps
from properties.tenancy import MemberRequest, may_manage, member_required
from properties.views.shared import is_unchanged, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse


@dataclass(frozen=True, slots=True)
class CountLink:
    """A number of the strip, which leads to what it counts. `tone` and `symbol` only where it is not zero."""

    slug: str
    number: int
    words: str
    url: str
    tone: str = ""
    symbol: str = ""


@require_safe
@member_required
def show_board(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    version = board_version(request.workspace, now=now)
    if is_unchanged(request, version):
        return unchanged()
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    manages = may_manage(request.membership)
    board = board_of(request.workspace, now=now, show=show, page=request.GET.get("page"), with_told=manages)
    context = {
        "board": board,
        "counts": count_links(board),
        # What folds on a phone comes folded to one; elsewhere a narrow window folds it by script.
        "is_phone": "Mobi" in request.headers.get("User-Agent", ""),
        "first_steps": [] if show else first_steps(request.workspace),
        "activity": recent_activity(request.workspace, now=now) if manages and not show else (),
    }
    answer = render_live(request, "access/board.html", "live", context, version=version)
    patch_vary_headers(answer, ["User-Agent"])
    return answer


def count_links(board: Board) -> list[CountLink]:
    counts, today, locks = board.counts, reverse("board"), reverse("device-list")

    def link(slug: str, number: int, words: tuple[str, str], tone: str = "", symbol: str = "") -> CountLink:
        url = f"{today}?show={slug}"
        return CountLink(slug, number, words[number != 1], url, tone, symbol if number else "")

    def locks_link(slug: str, number: int, words: tuple[str, str], tone: str, symbol: str) -> CountLink:
        url = f"{locks}?show={slug}"
        return CountLink(slug, number, words[number != 1], url, tone, symbol if number else "")

    needs = link("needs", counts.needs, ("needs action", "need action"), board.tone, "warn")
    return [
        needs,
        link("arrivals", counts.arrivals, ("arrival today", "arrivals today")),
        link("departures", counts.departures, ("departure today", "departures today")),
        link("turnovers", counts.turnovers, ("turnover today", "turnovers today")),
        link("in-stay", counts.in_stay, ("in stay now", "in stay now")),
        link("problems", counts.problems, ("arrival at risk", "arrivals at risk"), "error", "warn"),
        locks_link("offline", counts.offline, ("lock offline", "locks offline"), "error", "offline"),
        locks_link("battery", counts.battery_low, ("low battery", "low batteries"), "warn", "battery-low"),
    ]
