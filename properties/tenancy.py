"""Which workspace a request is about, and what its sender may do there.

Every page starts with `member_required` or `role_required`: they set `request.workspace` and `request.membership`,
and from there each view fetches through `in_workspace`. The choice among several workspaces is kept in the session.
`workspace_context` tells templates the same, on pages without a decorator too (allauth's, error pages).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from properties.enums import Decision, Role
from properties.models import FeedEvent, Membership, User, Workspace
from properties.scoping import PublicModel, ScopedQuerySet

if TYPE_CHECKING:
    import uuid

    from django.http.response import HttpResponseBase

SESSION_KEY = "workspace"
MANAGING = frozenset({Role.OWNER, Role.MANAGER})

P = ParamSpec("P")
M = TypeVar("M", bound=PublicModel)


class MemberRequest(HttpRequest):
    """A request whose sender is signed in and a member of the workspace that it is about."""

    user: User
    htmx: HtmxDetails
    workspace: Workspace
    membership: Membership


Guarded = Callable[Concatenate[HttpRequest, P], "HttpResponseBase"]
View = Callable[Concatenate[MemberRequest, P], "HttpResponseBase"]


def current_membership(request: HttpRequest) -> Membership | None:
    """The chosen membership, else the oldest; asked for once a request."""
    if not hasattr(request, "_membership"):
        found = None
        if request.user.is_authenticated:
            mine = Membership.objects.filter(user=request.user).select_related("workspace").order_by("pk")
            chosen = request.session.get(SESSION_KEY)
            found = next((one for one in mine if one.workspace_id == chosen), None) or next(iter(mine), None)
        request._membership = found  # type: ignore[attr-defined]  # noqa: SLF001 -- our own note on the request
    kept: Membership | None = request._membership  # type: ignore[attr-defined]  # noqa: SLF001 -- as above
    return kept


def choose_workspace(request: MemberRequest, *, public_id: uuid.UUID) -> Workspace:
    membership = get_object_or_404(
        Membership.objects.filter(user=request.user).select_related("workspace"),
        workspace__public_id=public_id,
    )
    request.session[SESSION_KEY] = membership.workspace_id
    return membership.workspace


def may_manage(membership: Membership) -> bool:
    return membership.role in MANAGING


def send_to_login(request: HttpRequest) -> HttpResponseBase:
    """A poll must leave the page, or the sign-in form would be swapped into its part.

    What a button sent is lost, and its address is no page to come back to: the one that it stood on is.
    """
    if request.method not in {"GET", "HEAD"}:
        messages.warning(request, "You were signed out, so nothing was changed. Sign in, and do it again.")
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
    return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    origin = urlsplit(request.headers.get("Referer", ""))
    here = origin.netloc == request.get_host() and origin.path.startswith("/")
    return urlunsplit(("", "", origin.path, origin.query, "")) if here else "/"


def member_required(view: View[P]) -> Guarded[P]:
    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return send_to_login(request)
        membership = current_membership(request)
        if membership is None:
            return render(request, "properties/no_workspace.html", status=403)
        request.membership = membership  # type: ignore[attr-defined]  # this is what makes it a MemberRequest
        request.workspace = membership.workspace  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def role_required(*roles: Role) -> Callable[[View[P]], Guarded[P]]:
    """Members with one of these roles; an owner may do whatever anybody may."""
    allowed = {*roles, Role.OWNER}

    def decorate(view: View[P]) -> Guarded[P]:
        @member_required
        @functools.wraps(view)
        def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.membership.role not in allowed:
                raise PermissionDenied(
                    "Your role lets you look, not change. Ask a manager of this workspace."
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate


manager_required = role_required(Role.MANAGER)


def fetch_or_404(rows: ScopedQuerySet[M], request: MemberRequest, public_id: uuid.UUID) -> M:
    """A row of the request's workspace; another workspace's is not found, as if it did not exist."""
    found: M | None = rows.in_workspace(request.workspace).filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is nothing here, or it belongs to another workspace.")
    return found


def workspace_context(request: HttpRequest) -> dict[str, Any]:
    if not hasattr(request, "user") or not hasattr(request, "session"):
        return {}
    membership = current_membership(request)
    if membership is None:
        return {"workspace": None}
    user = membership.user_id
    workspace = membership.workspace
    return {
        "workspace": workspace,
        "membership": membership,
        "may_manage": may_manage(membership),
        "now": timezone.now(),
        "other_workspaces": SimpleLazyObject(
            lambda: list(
                Workspace.objects.filter(memberships__user=user).exclude(pk=workspace.pk).order_by("name")
            )
        ),
        "inbox_count": SimpleLazyObject(
            lambda: (
                FeedEvent.objects.in_workspace(workspace)
                .filter(decision=Decision.PENDING, retired_at=None)
                .count()
            )
        ),
    }
