"""The keypad and the moods of a virtual lock. What is typed is tried on its own memory, and never shown again.

The page of a lock holds the same keypad (locks/keypad.html); without JavaScript its answer is the page here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS
from locks.drivers.virtual.forms import BY_CONDITION, WHOLE, HandsForm, MoodForm, PartsForm
from locks.drivers.virtual.hands import do_by_hand
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.moods import MOOD_TEXT, Mood, clear_mood, moods_of, set_mood
from locks.drivers.virtual.outside import OutsideError, set_parts
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import UNPROCESSABLE, form_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from locks.drivers.virtual.models import VirtualLock

MAX_TYPED = 20


def find_virtual(request: MemberRequest, public_id: uuid.UUID) -> tuple[Device, VirtualLock]:
    devices = Device.objects.select_related("account", "door__property")
    device = fetch_or_404(devices, request, public_id)
    if device.account.driver != "virtual":
        raise Http404("Only virtual locks have a keypad here.")
    return device, virtual_lock_of(device)


@sensitive_post_parameters("pin")
@sensitive_variables("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required
def press_keypad(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    context: dict[str, object] = {"device": device, "now": timezone.now()}
    status = None
    if request.method == "POST":
        pin = request.POST.get("pin", "").strip()
        if pin.isascii() and pin.isdigit() and len(pin) <= MAX_TYPED:
            context["verdict"] = keypad(lock, pin)
        else:
            context["complaint"] = "Type digits, as a guest would."
            status = UNPROCESSABLE
    if not request.htmx:
        context.update(_misbehaviour(lock))
    template = "locks/keypad.html#verdict" if request.htmx else "locks/keypad_page.html"
    return render(request, template, context, status=status)


def _misbehaviour(lock: VirtualLock) -> dict[str, object]:
    """What the page offers to tick: moods, and what the lock or its account tells that is wrong."""
    present = moods_of(lock)
    told = [
        (title, mood.value, [(name, _spoken(name), name in _told(lock, mood)) for name in sorted(known)])
        for title, mood, known in (
            ("The lock tells", Mood.CONDITION, DEVICE_CONDITIONS),
            ("Its account tells", Mood.ACCOUNT_CONDITION, ACCOUNT_CONDITIONS),
        )
    ]
    ticks = [(mood.value, MOOD_TEXT[mood], mood in present) for mood in Mood if mood not in BY_CONDITION]
    return {"moods": ticks, "conditions": told}


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _told(lock: VirtualLock, mood: Mood) -> frozenset[str]:
    settings = moods_of(lock).get(mood)
    return settings.conditions if settings else frozenset()


@require_http_methods(["POST"])
@manager_required
def change_moods(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    wanted, present = set(request.POST.getlist("mood")), moods_of(lock)
    for mood in Mood:
        if mood in BY_CONDITION:
            known = DEVICE_CONDITIONS if mood is Mood.CONDITION else ACCOUNT_CONDITIONS
            _tell(lock, mood, set(request.POST.getlist(mood.value)) & known.keys())
        elif mood.value in wanted and mood not in present:
            set_mood(lock, mood)
        elif mood.value not in wanted and mood in present:
            clear_mood(lock, mood)
    messages.success(request, "The lock behaves like that now.")
    return redirect("device-keypad", device.public_id)


def _tell(lock: VirtualLock, mood: Mood, wanted: Iterable[str]) -> None:
    """Let the lock or its account tell exactly these conditions."""
    told, wanted = _told(lock, mood), set(wanted)
    for name in sorted(wanted - told):
        set_mood(lock, mood, condition=name)
    for name in sorted(told - wanted):
        clear_mood(lock, mood, condition=name)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def set_one_mood(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    form = MoodForm(request.POST or None)
    if form.is_valid():
        set_mood(lock, form.cleaned_data["mood"], **form.settings)
        messages.success(request, "The lock behaves like that now.")
        return redirect("device-keypad", device.public_id)
    return form_page(
        request,
        form,
        heading=f"Make {device.name} misbehave",
        lead="One way to misbehave, with its settings. What it has no use for stays empty.",
        submit="Behave like this",
        back=(reverse("device-keypad", args=[device.public_id]), "Keypad"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change_parts(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    zone, keypad_level = lock.parts.get("time_zone", ""), lock.parts.get("keypad_battery_level")
    present = {
        **lock.parts,
        "battery_level": round(lock.battery_level * WHOLE, 1),
        "keypad_battery_level": None if keypad_level is None else round(keypad_level * WHOLE, 1),
    }
    form = PartsForm(request.POST or None, initial=present, present_zone=zone)
    if form.is_valid():
        set_parts(lock, **form.parts)
        messages.success(request, "Saved; the next reading shows it.")
        return redirect("device-keypad", device.public_id)
    return form_page(
        request,
        form,
        heading=f"Batteries and place of {device.name}",
        lead="As if you stood before the lock with a screwdriver.",
        back=(reverse("device-keypad", args=[device.public_id]), "Keypad"),
    )


@sensitive_post_parameters("pin")
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def use_hands(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    held = lock.codes.order_by("slot").values_list("slot", "name")
    form = HandsForm(request.POST or None, held=held)
    if form.is_valid():
        try:
            do_by_hand(lock, **form.cleaned_data)
        except OutsideError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                "Done at the lock. Keyturn sees it when it looks, at once where the lock tells of changes.",
            )
            return redirect("device-detail", device.public_id)
    return form_page(
        request,
        form,
        heading=f"Other hands at {device.name}",
        lead="What somebody does at the lock or in its maker's app, past Keyturn.",
        submit="Do it",
        back=(reverse("device-keypad", args=[device.public_id]), "Keypad"),
    )
