"""Messages to guests: what was sent, one message, send again or by hand, ways to guests, settings. For managers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.contrib import messages as flash
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.messaging.alerts.channels import ChannelRefused
from access.messaging.forms import GuestChannelForm, MessageSettingsForm
from access.messaging.guest_channels import add_guest_channel, delete_guest_channel
from access.messaging.logs import FILTERS, LOOKS, messages_of, poll_seconds, read_message
from access.messaging.recipients import recipient_of
from access.messaging.sending import send_by_hand
from access.messaging.soon import send_soon
from access.models import Message, MessageChannel, MessageTemplate
from access.stay_pages.versions import stamp
from properties.enums import StayStatus
from properties.models import Stay
from properties.noting import note_change
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page, form_page, is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_safe
@manager_required
def list_messages(request: MemberRequest) -> HttpResponse:
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    page = page_of(messages_of(request.workspace, show=show), request)
    context = {
        "page": page,
        "rows": [(message, *LOOKS[message.status]) for message in page.object_list],
        "filters": {key: label for key, (label, _) in FILTERS.items()},
        "show": show,
        "is_off": not MessageTemplate.objects.in_workspace(request.workspace)
        .exclude(active_since=None)
        .exists(),
    }
    return render(request, "access/messages/list.html", context)


@sensitive_variables("text", "context")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show_message(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Its text may tell a code: it is shown in the answer to a POST alone."""
    rows = Message.objects.select_related("template__channel", "stay__guest", "stay__unit__property")
    message = fetch_or_404(rows, request, public_id)
    version = f"{message.status}-{message.attempts}-{stamp(message.next_try_at)}"
    if request.method != "POST" and is_unchanged(request, version):
        return unchanged()
    text = None
    if request.method == "POST":
        text = read_message(message, actor=request.user.email, now=timezone.now())
    tone, symbol = LOOKS[message.status]
    context = {
        "message": message,
        "text": text,
        "tone": tone,
        "symbol": symbol,
        "zone": message.stay.unit.property.zone,
        "poll": 0 if text is not None else poll_seconds(message, now=timezone.now()),
    }
    return render_live(request, "access/messages/detail.html", "live", context, version=version)


@require_POST
@manager_required
def send_again(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    message = fetch_or_404(
        Message.objects.select_related("stay__guest", "template__channel"), request, public_id
    )
    return _send(request, message.stay, message.template)


@require_POST
@manager_required
def send_to_stay(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """A person picks a template for a stay."""
    stay = fetch_or_404(Stay.objects.select_related("guest"), request, public_id)
    try:
        chosen = uuid.UUID(request.POST.get("template", ""))
    except ValueError:
        flash.error(request, "Choose a message first.")
        return redirect("stay-detail", stay.public_id)
    template = fetch_or_404(
        MessageTemplate.objects.filter(deleted_at=None).select_related("channel"), request, chosen
    )
    return _send(request, stay, template)


def _send(request: MemberRequest, stay: Stay, template: MessageTemplate) -> HttpResponse:
    if stay.status == StayStatus.CANCELLED:
        flash.error(request, "The stay is cancelled: nothing is sent to its guest.")
        return _back(stay, template)
    if not recipient_of(template, stay.guest):
        way = "e-mail" if template.channel is None else template.channel.name
        flash.error(
            request, f"{stay.guest_name} cannot be reached by {way}: add what is missing to the stay."
        )
        return _back(stay, template)
    made = send_by_hand(stay, template, now=timezone.now())
    send_soon()
    flash.success(request, f"“{template.name}” is on its way to {stay.guest_name}.")
    return redirect("message-detail", made.public_id)


def _back(stay: Stay, template: MessageTemplate) -> HttpResponse:
    """To the stay, with the message still chosen."""
    return redirect(f"{reverse('stay-detail', args=[stay.public_id])}?message={template.public_id}")


def _told(value: object) -> str:
    return f"{value:%H:%M}" if isinstance(value, dt.time) else str(value)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change_settings(request: MemberRequest) -> HttpResponse:
    workspace = request.workspace
    form = MessageSettingsForm(request.POST or None, workspace=workspace)
    if form.is_valid():
        told = "; ".join(
            f"{form.fields[name].label}: {_told(form.cleaned_data[name])}" for name in form.changed_data
        )
        for name, value in form.cleaned_data.items():
            setattr(workspace, name, value)
        with transaction.atomic():
            workspace.save(update_fields=list(form.cleaned_data))
            note_change(workspace, "Quiet hours and answers changed", told, actor=request.user.email)
        flash.success(request, "Saved.")
        return redirect("alert-list")
    return form_page(
        request,
        form,
        heading="Quiet hours and answers",
        lead="What can wait is kept until quiet hours end, and comes as one digest then.",
        back=(reverse("alert-list"), "Alerts"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def add_channel(request: MemberRequest) -> HttpResponse:
    form = GuestChannelForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                channel = add_guest_channel(request.workspace, **form.cleaned_data)
                note_change(request.workspace, "Way to guests added", channel.name, actor=request.user.email)
        except ChannelRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            flash.success(request, "It is here: choose it in a message.")
            return redirect("template-list")
    return form_page(
        request,
        form,
        heading="Another way to guests",
        lead="Text messages, WhatsApp and whatever else apprise reaches.",
        submit="Add",
        back=(reverse("template-list"), "Templates"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_channel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    channel = fetch_or_404(MessageChannel.objects.filter(deleted_at=None), request, public_id)
    if request.method != "POST":
        templates = MessageTemplate.objects.filter(channel=channel, deleted_at=None).order_by("name")
        return confirm_page(
            request,
            heading=f"Delete {channel.name}?",
            consequences=[
                "Its address is forgotten.",
                *(f"“{one.name}” goes this way, and is switched off." for one in templates),
            ],
            submit="Delete it",
            back=(reverse("template-list"), "Templates"),
        )
    with transaction.atomic():
        delete_guest_channel(channel, now=timezone.now())
        note_change(request.workspace, "Way to guests removed", channel.name, actor=request.user.email)
    flash.success(request, f"{channel.name} is gone; messages that went this way are switched off.")
    return redirect("template-list")
