"""Where managers are alerted: channels, a test of each, and what is open now. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages as flash
from django.db import transaction
from django.db.models import F
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.messaging.alerts.channels import ChannelRefused, masked_address, save_channel, send_test
from access.messaging.carrying import Fate
from access.messaging.forms import AlertChannelForm
from access.models import Alert, AlertChannel
from properties.forms.together import tell_kept
from properties.noting import note_change
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import confirm_page, form_page

if TYPE_CHECKING:
    from django.http import HttpResponse

ALERTS_SHOWN = 50


@require_safe
@manager_required
def list_channels(request: MemberRequest) -> HttpResponse:
    channels = AlertChannel.objects.in_workspace(request.workspace).order_by("name", "pk")
    alerts = Alert.objects.in_workspace(request.workspace).select_related("place")
    context = {
        "channels": [(channel, masked_address(channel)) for channel in channels],
        "alerts": [
            (alert, alert.place.zone if alert.place is not None else None)
            for alert in alerts.order_by(F("cleared_at").desc(nulls_first=True), "-last_at", "-pk")[
                :ALERTS_SHOWN
            ]
        ],
    }
    return render(request, "access/messages/alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_channel(request: MemberRequest) -> HttpResponse:
    channel = AlertChannel(workspace=request.workspace)
    return _edit(request, channel, heading="Add a channel for alerts", what="Alert channel added")


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_channel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    channel = fetch_or_404(AlertChannel.objects.all(), request, public_id)
    return _edit(request, channel, heading=channel.name, what="Alert channel changed")


def _edit(request: MemberRequest, channel: AlertChannel, *, heading: str, what: str) -> HttpResponse:
    """`what` is written down of it."""
    form = AlertChannelForm(request.POST or None, channel=channel)
    if form.is_valid():
        try:
            with transaction.atomic():
                save_channel(channel, **form.cleaned_data, now=timezone.now())
                note_change(request.workspace, what, channel.name, actor=request.user.email)
        except ChannelRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            flash.success(request, "Saved. Send a test to be sure that it arrives.")
            tell_kept(request, form)
            return redirect("alert-list")
    return form_page(
        request,
        form,
        heading=heading,
        lead="Each thing is told once, again where it repeats, and when it is over.",
        back=(reverse("alert-list"), "Alerts"),
    )


@require_POST
@manager_required
def test_channel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    channel = fetch_or_404(AlertChannel.objects.all(), request, public_id)
    outcome = send_test(channel, now=timezone.now())
    if outcome.fate is Fate.SENT:
        flash.success(request, f"A test went to {channel.name}. Look whether it arrived.")
    elif outcome.fate is Fate.UNCERTAIN:
        flash.warning(request, f"{channel.name} did not answer; the test may have arrived. {outcome.reason}")
    else:
        flash.error(request, f"The test did not get through to {channel.name}. {outcome.reason}")
    return redirect("alert-list")


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_channel(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    channel = fetch_or_404(AlertChannel.objects.all(), request, public_id)
    if request.method == "POST":
        with transaction.atomic():
            channel.delete()
            note_change(request.workspace, "Alert channel deleted", channel.name, actor=request.user.email)
        flash.success(request, f"Nothing goes to {channel.name} any more.")
        return redirect("alert-list")
    return confirm_page(
        request,
        heading=f"Delete {channel.name}?",
        consequences=["No alert goes there any more."],
        submit="Delete the channel",
        back=(reverse("alert-list"), "Alerts"),
    )
