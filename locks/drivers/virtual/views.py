"""The keypad and the moods of a virtual lock. What is typed is tried on its own memory, and never shown again.

The page of a lock holds the same keypad (locks/keypad.html); without JavaScript its answer is the page here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.moods import MOOD_TEXT, Mood, clear_mood, moods_of, set_mood
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import UNPROCESSABLE

if TYPE_CHECKING:
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
        present = moods_of(lock)
        context["moods"] = [(mood.value, MOOD_TEXT[mood], mood in present) for mood in Mood]
    template = "locks/keypad.html#verdict" if request.htmx else "locks/keypad_page.html"
    return render(request, template, context, status=status)


@require_http_methods(["POST"])
@manager_required
def change_moods(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    device, lock = find_virtual(request, public_id)
    wanted, present = set(request.POST.getlist("mood")), moods_of(lock)
    for mood in Mood:
        if mood.value in wanted and mood not in present:
            set_mood(lock, mood)
        elif mood.value not in wanted and mood in present:
            clear_mood(lock, mood)
    messages.success(request, "The lock behaves like that now.")
    return redirect("device-keypad", device.public_id)
