"""Templates of messages to guests: list, write, preview, switch on and off. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages as flash
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.messaging.forms import TemplateForm, placeholder_lines, when_of
from access.messaging.placeholders import fill, fill_lines
from access.messaging.templates import (
    TemplateRefused,
    add_usual,
    delete_template,
    save_template,
    switch_template,
)
from access.messaging.values import sample_values, values_for_preview
from access.models import MessageChannel, MessageTemplate
from access.passes.languages import first_known
from properties.enums import StayKind, StayStatus
from properties.forms.together import tell_kept
from properties.models import Stay
from properties.noting import note_change
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import UNPROCESSABLE, confirm_page

if TYPE_CHECKING:
    from django.http import HttpResponse

STAYS_OFFERED = 30


def live_templates() -> Any:
    return MessageTemplate.objects.filter(deleted_at=None).select_related("channel")


@require_safe
@manager_required
def list_templates(request: MemberRequest) -> HttpResponse:
    rows = live_templates().in_workspace(request.workspace).prefetch_related("texts").order_by("pk")
    channels = MessageChannel.objects.in_workspace(request.workspace).filter(deleted_at=None)
    context = {
        "rows": [(one, when_of(one), sorted(text.language for text in one.texts.all())) for one in rows],
        "channels": channels.order_by("name"),
    }
    return render(request, "access/messages/templates.html", context)


@require_POST
@manager_required
def add_usual_templates(request: MemberRequest) -> HttpResponse:
    added = add_usual(request.workspace)
    flash.success(
        request, f"{added} messages are here, switched off." if added else "They are all here already."
    )
    return redirect("template-list")


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_template(request: MemberRequest) -> HttpResponse:
    template = MessageTemplate(workspace=request.workspace)
    return _edit(request, template, heading="Write a message", what="Message written")


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_template(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    template = fetch_or_404(live_templates(), request, public_id)
    return _edit(request, template, heading=template.name, what="Message changed")


def _edit(request: MemberRequest, template: MessageTemplate, *, heading: str, what: str) -> HttpResponse:
    """`what` is written down of it."""
    form = TemplateForm(request.POST or None, workspace=request.workspace, template=template)
    if form.is_valid():
        try:
            with transaction.atomic():
                saved = save_template(template, **form.saved_values())
                note_change(request.workspace, what, saved.name, actor=request.user.email)
        except TemplateRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            flash.success(request, "Saved. This is how guests read it.")
            tell_kept(request, form)
            return redirect("template-preview", saved.public_id)
    context = {
        "form": form,
        "heading": heading,
        "submit": "Save",
        "back": {"url": reverse("template-list"), "label": "Templates"},
        "placeholders": placeholder_lines(),
    }
    return render(
        request, "access/messages/template_form.html", context, status=UNPROCESSABLE if form.errors else None
    )


@require_POST
@manager_required
def switch(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    template = fetch_or_404(live_templates(), request, public_id)
    on = request.POST.get("on") == "yes"
    what = "Message switched on" if on else "Message switched off"
    with transaction.atomic():
        switch_template(template, on=on, now=timezone.now())
        note_change(request.workspace, what, template.name, actor=request.user.email)
    flash.success(
        request,
        f"“{template.name}” is sent from now on; what was due before is not."
        if on
        else f"“{template.name}” is no longer sent by itself.",
    )
    return redirect("template-list")


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    template = fetch_or_404(live_templates(), request, public_id)
    if request.method != "POST":
        return confirm_page(
            request,
            heading=f"Delete “{template.name}”?",
            consequences=[
                "Its words are gone, in all languages; to pause it, switch it off instead.",
                "What waits to be sent by it is not sent; what it sent stays in the log.",
            ],
            submit="Delete the message",
            back=(reverse("template-preview", args=[template.public_id]), template.name),
        )
    with transaction.atomic():
        delete_template(template, now=timezone.now())
        note_change(request.workspace, "Message deleted", template.name, actor=request.user.email)
    flash.success(request, f"“{template.name}” is deleted; what it sent stays in the log.")
    return redirect("template-list")


@require_safe
@manager_required
def preview(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Against a stay, or an invented one; the code is dots."""
    template = fetch_or_404(live_templates(), request, public_id)
    now = timezone.now()
    stays = (
        Stay.objects.in_workspace(request.workspace)
        .filter(kind=StayKind.GUEST, status=StayStatus.CONFIRMED, ends_at__gt=now)
        .select_related("unit__property", "guest", "workspace")
        .order_by("starts_at", "pk")
    )
    texts = {text.language: text for text in template.texts.all()}
    language = first_known([request.GET.get("language", ""), *sorted(texts, key=lambda code: code != "en")])
    stay = _chosen(request, stays)
    values = (
        sample_values(language=language)
        if stay is None
        else values_for_preview(stay, language=language, now=now)
    )
    text = texts.get(language)
    context = {
        "template": template,
        "when": when_of(template),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in texts],
        "language": language,
        "stays": stays[:STAYS_OFFERED],
        "stay": stay,
        "subject": "" if text is None else fill(text.subject, values.mapping),
        "body": "" if text is None else fill_lines(text.body, values.mapping),
    }
    return render(request, "access/messages/preview.html", context)


def _chosen(request: MemberRequest, stays: Any) -> Stay | None:
    try:
        return stays.filter(public_id=uuid.UUID(request.GET.get("stay", ""))).first()  # type: ignore[no-any-return]
    except ValueError:
        return None
