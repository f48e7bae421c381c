"""Say which door a lock is, and see that the stays of that door have their codes on it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.programming import AT_ONCE, coming_stays, programme_stays, stays_by_unit
from locks.doors import DoorError, add_door
from locks.forms import DoorWordsForm
from locks.models import Device, Door
from properties.models import Property, Unit
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import form_page

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from properties.models import Workspace

ALL = "all"


class PlaceForm(DoorWordsForm):
    """`where`: a unit, or a property for all its units; each says how many stays get a code at once."""

    where = forms.ChoiceField(
        label="Which door is it?",
        help_text="The guests of this unit, or every guest of the property, get their codes on this lock.",
        error_messages={"required": "Choose the unit or the property."},
    )
    field_order = ("where", "name", "instructions")

    def __init__(self, *args: Any, workspace: Workspace, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name of the door"
        field = self.fields["where"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [("", "Choose …"), *_places(workspace, now=now)]


def _places(workspace: Workspace, *, now: dt.datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    coming = stays_by_unit(workspace, now=now)
    groups: dict[int, list[Unit]] = {}
    units = Unit.objects.in_workspace(workspace).filter(archived_at=None).order_by("name", "pk")
    for unit in units:
        groups.setdefault(unit.property_id, []).append(unit)
    found = []
    for place in Property.objects.in_workspace(workspace).filter(pk__in=groups).order_by("name", "pk"):
        choices = [
            (f"{unit.public_id}", f"{unit.name} ({_stays(coming.get(unit.pk, 0))})")
            for unit in groups[place.pk]
        ]
        if len(choices) > 1:
            total = sum(coming.get(unit.pk, 0) for unit in groups[place.pk])
            choices.append((f"{ALL}-{place.public_id}", f"Every guest of {place.name} ({_stays(total)})"))
        found.append((place.name, choices))
    return found


def _stays(number: int) -> str:
    return "no stays to come" if not number else f"{number} {'stay' if number == 1 else 'stays'}"


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def place_device(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device = fetch_or_404(Device.objects.select_related("account", "door__property"), request, public_id)
    if device.removed_at is not None:
        messages.error(request, f"{device.account.name} no longer lists {device.name}; choose another lock.")
        return redirect("device-detail", device.public_id)
    if hasattr(device, "door"):
        messages.info(request, f"{device.name} already is the door {device.door.name}.")
        return redirect("device-stays", device.public_id)
    now = timezone.now()
    form = PlaceForm(
        request.POST if request.method == "POST" else None,
        workspace=request.workspace,
        now=now,
        initial={"name": device.nickname or device.name},
    )
    if form.is_valid():
        try:
            _add(request, device, form.cleaned_data, now=now)
        except DoorError as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("device-stays", device.public_id)
    return form_page(
        request,
        form,
        heading=f"Put {device.name} on a door",
        lead="Running and coming stays get their codes on it at once; you see them on the next page.",
        submit="This is the door",
        back=(reverse("device-detail", args=[device.public_id]), device.name),
    )


def _add(request: MemberRequest, device: Device, given: dict[str, Any], *, now: dt.datetime) -> Door:
    kind, _, whole = given["where"].partition("-")
    if kind == ALL:
        place, units = fetch_or_404(Property.objects.all(), request, uuid.UUID(whole)), []
    else:
        unit = fetch_or_404(Unit.objects.select_related("property"), request, uuid.UUID(given["where"]))
        place, units = unit.property, [unit]
    return add_door(
        place,
        name=given["name"],
        device=device,
        units=units,
        serves_all_units=kind == ALL,
        instructions=given["instructions"],
        actor=request.user.email,
        now=now,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def show_stays(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """The running and coming stays of the lock's door; a click has the missing codes declared."""
    device = fetch_or_404(
        Device.objects.select_related("account", "door__property__workspace"), request, public_id
    )
    door = getattr(device, "door", None)
    if door is None:
        return redirect("device-door", device.public_id)
    now = timezone.now()
    if request.method == "POST":
        if not device.is_managed:
            messages.error(request, f"{device.name} is not managed here; manage it first.")
            return redirect("device-stays", device.public_id)
        result = programme_stays(door, actor=request.user.email, now=now)
        if result.done or not result.failed:
            messages.success(request, _done(result.done))
        if result.failed:
            messages.error(request, _failed(result.failed))
        return redirect("device-stays", device.public_id)
    context = {"device": device, "door": door, "coming": coming_stays(door, now=now), "at_once": AT_ONCE}
    return render(request, "access/device/stays.html", context)


def _failed(number: int) -> str:
    who = "1 stay still has no code" if number == 1 else f"{number} stays still have no code"
    return f"{who} on this lock: something went wrong. Keyturn tries again; look here once more in a few minutes."


def _done(number: int) -> str:
    if not number:
        return "Nothing was missing: every stay that may enter has its code declared on this lock."
    who = "1 stay has its code" if number == 1 else f"{number} stays have their codes"
    return f"{who} declared now; they reach the lock when their time comes."
