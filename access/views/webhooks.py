"""Webhooks of the workspace: made, changed, switched off and on, deleted; what was delivered, and sending it again.
For managers. Secrets are shown once; of an address only its host, since the rest may be a secret."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import webhooks
from access.enums import DeliveryStatus, WebhookFlavour
from access.models import WebhookDelivery, WebhookEndpoint
from access.views.webhook_forms import WebhookForm
from access.webhooks import EndpointRefused
from access.webhooks.endpoints import gave_up, host_of
from properties.forms.together import tell_kept
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.once import keep_once, take_once
from properties.views.shared import confirm_page, form_page, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse

ONCE: Final = "webhook"
REPLAYED: Final = dt.timedelta(days=3)
DELIVERY_LOOKS: Final = {
    DeliveryStatus.PENDING: ("pending", "delayed"),
    DeliveryStatus.SUCCEEDED: ("ok", "ok"),
    DeliveryStatus.FAILED: ("error", "failed"),
}
FILTERS: Final = {"": "All", **{status.value: str(status.label) for status in DeliveryStatus}}


def look_of(endpoint: WebhookEndpoint) -> tuple[str, str, str]:
    """Tone, symbol and word."""
    if endpoint.disabled_at is not None:
        return ("error", "error", "Switched off") if gave_up(endpoint) else ("idle", "ended", "Off")
    if endpoint.failing_since is not None:
        return "warn", "warn", "Fails"
    return "ok", "ok", "On"


def name_of(endpoint: WebhookEndpoint) -> str:
    return endpoint.description or host_of(endpoint)


@require_safe
@manager_required
def list_webhooks(request: MemberRequest) -> HttpResponse:
    endpoints = webhooks.endpoints_of(request.workspace)
    context = {"rows": [(one, host_of(one), look_of(one)) for one in endpoints]}
    return render(request, "access/settings/webhooks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@transaction.atomic
def create(request: MemberRequest) -> HttpResponse:
    """Whose shape it is sent is chosen by the address of the form, since each has its own events."""
    asked = request.GET.get("shape", "")
    flavour = WebhookFlavour(asked) if asked in WebhookFlavour.values else WebhookFlavour.KEYTURN
    form = WebhookForm(request.POST or None, flavour=flavour)
    if form.is_valid():
        try:
            endpoint = webhooks.create_endpoint(
                request.workspace,
                url=form.cleaned_data["url"],
                event_types=form.wanted,
                flavour=flavour,
                description=form.cleaned_data["description"],
                created_by=request.user,
                actor=request.user.email,
            )
        except EndpointRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            keep_once(request, ONCE, endpoint.secret or "")
            return redirect("webhook-detail", endpoint.public_id)
    return form_page(
        request,
        form,
        heading="Add a webhook",
        lead="An address that is told of events as they happen, signed, in order, until it answers.",
        submit="Add webhook",
        back=(reverse("webhook-list"), "Webhooks"),
        template="access/settings/webhook_form.html",
    )


@require_safe
@never_cache
@manager_required
def show(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    status = request.GET.get("status", "")
    status = status if status in FILTERS else ""
    deliveries = webhooks.deliveries_of(endpoint)
    page = page_of(deliveries.filter(status=status) if status else deliveries, request, size=25)
    context = {
        "endpoint": endpoint,
        "host": host_of(endpoint),
        "look": look_of(endpoint),
        "page": page,
        "rows": [(one, DELIVERY_LOOKS[DeliveryStatus(one.status)], attempts_of(one)) for one in page],
        "filters": FILTERS,
        "status": status,
        "secret": take_once(request, ONCE),
    }
    return render(request, "access/settings/webhook.html", context)


def attempts_of(delivery: WebhookDelivery) -> list[tuple[dt.datetime | None, str, str]]:
    """When, what the address said, and how its answer began; the latest first."""
    return [
        (
            parse_datetime(str(entry.get("at") or "")),
            f"answered {entry['status']} in {entry.get('ms')} ms"
            if entry.get("status")
            else str(entry.get("error") or "no answer"),
            str(entry.get("response") or ""),
        )
        for entry in reversed(delivery.log)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@transaction.atomic
def edit(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    form = WebhookForm(request.POST or None, flavour=endpoint.flavour, endpoint=endpoint)
    if form.is_valid():
        try:
            webhooks.update_endpoint(
                endpoint,
                url=form.cleaned_data["url"] or None,
                event_types=form.wanted,
                description=form.cleaned_data["description"],
                actor=request.user.email,
            )
        except EndpointRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, "Saved.")
            tell_kept(request, form)
            return redirect("webhook-detail", endpoint.public_id)
    back = (reverse("webhook-detail", args=[endpoint.public_id]), name_of(endpoint))
    return form_page(request, form, heading="Change the webhook", back=back)


@require_POST
@manager_required
@transaction.atomic
def switch(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    if request.POST.get("on") == "yes":
        webhooks.enable_endpoint(endpoint, actor=request.user.email)
        messages.success(request, "It is on, and told of what happens from now on.")
    else:
        reason = f"Switched off by {request.user}."
        webhooks.disable_endpoint(endpoint, reason=reason, now=timezone.now(), actor=request.user.email)
        messages.success(request, "It is off: nothing more is sent to it.")
    return redirect("webhook-detail", endpoint.public_id)


@sensitive_variables("changed")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@transaction.atomic
def rotate(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    if request.method == "POST":
        changed = webhooks.rotate_secret(endpoint, now=timezone.now(), actor=request.user.email)
        keep_once(request, ONCE, changed.secret or "")
        return redirect("webhook-detail", endpoint.public_id)
    return confirm_page(
        request,
        heading=f"Make a new signing secret for {name_of(endpoint)}?",
        consequences=[
            "For a day deliveries are signed with both, so that the receiver can change over in peace."
        ],
        submit="Make a new secret",
        back=(reverse("webhook-detail", args=[endpoint.public_id]), name_of(endpoint)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@transaction.atomic
def delete(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    if request.method == "POST":
        webhooks.delete_endpoint(endpoint, now=timezone.now(), actor=request.user.email)
        messages.success(request, "The webhook is deleted.")
        return redirect("webhook-list")
    return confirm_page(
        request,
        heading=f"Delete the webhook {name_of(endpoint)}?",
        consequences=["Nothing more is sent to it. This cannot be undone."],
        submit="Delete webhook",
        back=(reverse("webhook-detail", args=[endpoint.public_id]), name_of(endpoint)),
    )


@require_POST
@manager_required
def replay(request: MemberRequest, public_id: uuid.UUID, delivery: uuid.UUID) -> HttpResponse:
    endpoint = _fetch(request, public_id)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("endpoint")
    try:
        webhooks.replay(fetch_or_404(rows, request, delivery), now=timezone.now())
    except EndpointRefused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "It is sent again in a moment.")
    return redirect("webhook-detail", endpoint.public_id)


@require_POST
@manager_required
def replay_failed(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    endpoint, now = _fetch(request, public_id), timezone.now()
    try:
        count = webhooks.replay_since(endpoint, since=now - REPLAYED, now=now)
    except EndpointRefused as refused:
        messages.error(request, refused.sentence)
    else:
        told = (
            "Nothing of the last three days is missing." if not count else f"{count} sent again in a moment."
        )
        messages.success(request, told)
    return redirect("webhook-detail", endpoint.public_id)


def _fetch(request: MemberRequest, public_id: uuid.UUID) -> WebhookEndpoint:
    endpoint = fetch_or_404(WebhookEndpoint.objects.all(), request, public_id)
    if endpoint.deleted_at is not None:
        raise Http404("This webhook was deleted.")
    return endpoint
