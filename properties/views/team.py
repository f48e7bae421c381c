"""The team of the workspace: members and roles. For owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from properties.enums import Role
from properties.forms.base import SectionedForm
from properties.models import Membership
from properties.team import (
    TeamRefused,
    change_role,
    invite,
    is_waiting,
    remove_member,
    renew_invitation,
)
from properties.tenancy import MemberRequest, role_required
from properties.views.once import keep_once, take_once
from properties.views.shared import confirm_page, form_page, page_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from properties.models import User

ONCE = "invitation"
# Of these nothing leaves the machine.
NO_MAIL = ("console", "dummy", "filebased")
owner_required = role_required()

ROLE_WORDS = {
    Role.OWNER: "Owner: everything, the team included",
    Role.MANAGER: "Manager: everything but the team",
    Role.STAFF: "Staff: looks, sees no codes",
}


class InviteForm(SectionedForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        error_messages={"required": "Whom do you invite? Write the e-mail address."},
    )
    role = forms.ChoiceField(
        choices=[(role.value, words) for role, words in ROLE_WORDS.items()],
        widget=forms.RadioSelect,
        initial=Role.STAFF,
    )


@require_safe
@never_cache
@owner_required
def list_team(request: MemberRequest) -> HttpResponse:
    members = Membership.objects.in_workspace(request.workspace).select_related("user")
    page = page_of(members.order_by("user__email", "pk"), request)
    context = {
        "page": page,
        "rows": [(one, is_waiting(one.user)) for one in page],
        "roles": Role.choices,
        "secret": take_once(request, ONCE),
    }
    return render(request, "access/settings/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def invite_member(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        role = Role(form.cleaned_data["role"])
        try:
            made = invite(request.workspace, email=email, role=role, actor=request.user.email)
        except TeamRefused as refused:
            form.add_error("email", str(refused))
        else:
            if made.needs_link:
                _give_link(request, made.membership.user)
            else:
                messages.success(request, f"{email} has an account already and may come in from now on.")
            return redirect("team")
    return form_page(
        request,
        form,
        heading="Invite somebody",
        lead="Who has no account yet gets one, and a link to choose a password.",
        submit="Invite",
        back=(reverse("team"), "Team"),
    )


@require_POST
@owner_required
def renew_link(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        user = renew_invitation(_fetch(request, pk), actor=request.user.email)
    except TeamRefused as refused:
        messages.error(request, str(refused))
    else:
        _give_link(request, user)
    return redirect("team")


@require_POST
@owner_required
def set_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _fetch(request, pk)
    wanted = request.POST.get("role", "")
    if wanted not in Role.values:
        messages.error(request, "Choose a role.")
        return redirect("team")
    try:
        change_role(membership, role=Role(wanted), actor=request.user.email)
    except TeamRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{membership.user.email} is {Role(wanted).label.lower()} now.")
    return redirect("board" if membership.user_id == request.user.pk and wanted != Role.OWNER else "team")


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _fetch(request, pk)
    if request.method == "POST":
        try:
            remove_member(membership, actor=request.user.email)
        except TeamRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{membership.user.email} is out.")
        return redirect("board" if membership.user_id == request.user.pk else "team")
    return confirm_page(
        request,
        heading=f"Remove {membership.user.email}?",
        consequences=[
            f"They see nothing of {request.workspace.name} from now on. Their account stays.",
            "API keys that they made go on working: revoke those that they might still know.",
        ],
        submit="Remove",
        back=(reverse("team"), "Team"),
    )


def _fetch(request: MemberRequest, pk: int) -> Membership:
    rows = Membership.objects.in_workspace(request.workspace).select_related("user", "workspace")
    found: Membership | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("There is nobody here, or in another workspace.")
    return found


@sensitive_variables("link", "key")
def _give_link(request: MemberRequest, user: User) -> None:
    """By e-mail where there is a mail server; else, or where it fails, the one who invites passes it on."""
    values: dict[str, Any] = {
        "uidb36": user_pk_to_url_str(user),
        "key": default_token_generator.make_token(user),
    }
    link = request.build_absolute_uri(reverse("account_reset_password_from_key", kwargs=values))
    if not any(f".{name}." in settings.EMAIL_BACKEND for name in NO_MAIL):
        name = " ".join(request.workspace.name.split())
        text = f"{request.user.email} invites you to {name} on Keyturn.\n\nChoose your password: {link}\n"
        try:
            send_mail(f"Your invitation to {name}", text, None, [user.email])
        except OSError:
            messages.warning(
                request, f"The e-mail to {user.email} could not be sent; pass the link on yourself."
            )
        else:
            messages.success(request, f"{user.email} was sent a link to choose a password.")
            return
    keep_once(request, ONCE, link)
