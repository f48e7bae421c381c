"""Settings of the workspace, and the rules of one property given to many. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.workspace_rules import FIELDS, change_workspace, copy_rules
from properties.booking import BookingError
from properties.enums import PinPolicy
from properties.forms.base import SectionedForm, add_domain_errors
from properties.forms.together import SharedForm, tell_kept
from properties.models import Property, Workspace
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.places import describe_moved
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpResponse

MAX_POOL = 20


class WorkspaceForm(SharedForm):
    layout = {"Workspace": ("name",), "Codes": ("pin_policy", "same_pin_in_disjoint_windows"),
              "Backup codes": ("backup_pool_size",)}  # fmt: skip

    name = forms.CharField(max_length=100, error_messages={"required": "Give the workspace a name."})
    pin_policy = forms.ChoiceField(
        label="A guest's code is",
        choices=PinPolicy.choices,
        widget=forms.RadioSelect,
        help_text="For stays to come that have no code yet. Where a lock cannot take the phone digits, the code is "
        "random and the stay says why. A code that a booking asks for goes first.",
    )
    same_pin_in_disjoint_windows = forms.BooleanField(
        label="Let programs use one PIN for two codes of a lock",
        required=False,
        help_text="Only where their times do not touch.",
    )
    backup_pool_size = forms.IntegerField(
        label="Backup codes kept ready on each lock",
        min_value=0,
        max_value=MAX_POOL,
        help_text="Codes that nobody knows until one is needed; at most a quarter of a lock's places. 0: none.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.share()


class CopyForm(SectionedForm):
    groups = forms.MultipleChoiceField(
        label="What to give",
        choices=[
            ("times", "Check-in and check-out times"),
            ("buffers", "Minutes before and after"),
            ("backups", "When a guest gets a backup code"),
            ("pass", "What the guest's pass allows"),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what to give."},
    )
    to = forms.ModelMultipleChoiceField(
        label="To which properties",
        queryset=Property.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one property."},
    )

    def __init__(self, *args: Any, others: QuerySet[Property], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 -- declared above
        field.queryset = others
        if not others.exists():
            field.help_text = "There is no other property yet."


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def change_settings(request: MemberRequest) -> HttpResponse:
    workspace: Workspace = request.workspace
    form = WorkspaceForm(request.POST or None, initial={name: getattr(workspace, name) for name in FIELDS})
    if form.is_valid():
        change_workspace(workspace, values=form.cleaned_data, actor=request.user.email)
        messages.success(request, "Saved.")
        tell_kept(request, form)
        return redirect("settings")
    return form_page(
        request,
        form,
        heading="Settings",
        back=(reverse("board"), "Today"),
        template="access/settings/workspace.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def copy_property_rules(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    place = fetch_or_404(Property.objects.all(), request, public_id)
    others = Property.objects.in_workspace(request.workspace).exclude(pk=place.pk).order_by("name", "pk")
    form = CopyForm(request.POST or None, others=others)
    if form.is_valid():
        try:
            moved = copy_rules(place, **form.cleaned_data, actor=request.user.email, now=timezone.now())
        except BookingError as problem:
            add_domain_errors(form, problem.errors)
        else:
            count = len(form.cleaned_data["to"])
            told = f"{count} {'property has' if count == 1 else 'properties have'} the rules of {place.name} now."
            messages.success(request, f"{told} {describe_moved(moved)}")
            return redirect("property-detail", place.public_id)
    return form_page(
        request,
        form,
        heading=f"Give the rules of {place.name} to others",
        lead="New times and buffers move the codes of running and coming stays; guests keep their code.",
        submit="Give them",
        back=(reverse("property-detail", args=[place.public_id]), place.name),
    )
