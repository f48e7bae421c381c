"""The board: what happens today and tomorrow, and what needs action first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.boards import board_of, board_version
from locks.models import Device, Door
from properties.models import CalendarFeed, Property, Stay, Unit, Workspace
from properties.tenancy import MemberRequest, member_required
from properties.views.shared import is_unchanged, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@member_required
def show_board(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    version = board_version(request.workspace, now=now)
    if is_unchanged(request, version):
        return unchanged()
    context = {"board": board_of(request.workspace, now=now), "first_steps": first_steps(request.workspace)}
    return render_live(request, "access/board.html", "live", context, version=version)


def first_steps(workspace: Workspace) -> list[tuple[str, str, str, bool]]:
    """What a new workspace still lacks (text, where to do it, its name, done); empty once all is there."""
    rows = {
        "place": Property.objects.filter(workspace=OuterRef("pk")),
        "unit": Unit.objects.filter(property__workspace=OuterRef("pk")),
        "lock": Device.objects.filter(account__workspace=OuterRef("pk")),
        "door": Door.objects.filter(property__workspace=OuterRef("pk")),
        "feed": CalendarFeed.objects.filter(unit__property__workspace=OuterRef("pk")),
        "stay": Stay.objects.filter(workspace=OuterRef("pk")),
    }
    there = Workspace.objects.annotate(**{name: Exists(found) for name, found in rows.items()}).get(
        pk=workspace.pk
    )
    done = {name: bool(getattr(there, name)) for name in rows}
    if all(done[name] for name in ("place", "unit", "lock", "door")) and (done["feed"] or done["stay"]):
        return []
    return [
        ("Add a property: its time zone and usual times", "property-create", "Add property", done["place"]),
        ("Add its units, which are what guests book", "property-list", "To the properties", done["unit"]),
        ("Add a lock; a virtual one will do to begin with", "device-create", "Add lock", done["lock"]),
        ("Say which door it is and whose guests use it", "property-list", "To the properties", done["door"]),
        (
            "Subscribe to a calendar, or add a stay by hand",
            "feed-create" if done["unit"] else "stay-create",
            "Add feed" if done["unit"] else "Add stay",
            done["feed"] or done["stay"],
        ),
    ]
