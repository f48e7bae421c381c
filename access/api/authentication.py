"""Who calls the REST face: a program with a workspace's API key, what it may do and what it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from access.api_keys import find_key, may, narrow, note_use
from access.enums import Scope
from access.models import ApiKey

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from properties.models import Workspace
    from properties.scoping import ScopedModel, ScopedQuerySet

M = TypeVar("M", bound="ScopedModel")

HOW: Final = "Send an API key of your workspace: “Authorization: Bearer seam_keyturn_…”."
UNKNOWN: Final = "This API key is not known, has expired or was revoked. Make a new one and send that."
WHOLE: Final = "This key sees some properties only; this takes one that sees the whole workspace."


@dataclass(frozen=True, slots=True)
class ApiClient:
    """The program behind a key; `actor` is how history names it."""

    key: ApiKey
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def actor(self) -> str:
        return f"API key {self.key.name}"


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not secret.strip():
            raise AuthenticationFailed(HOW)
        key = find_key(secret.strip())
        if key is None:
            raise AuthenticationFailed(UNKNOWN)
        note_use(key, now=timezone.now())
        return ApiClient(key), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="keyturn"'


class KeyMay(BasePermission):
    """Looking takes the scope read, everything else write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        need(request, Scope.READ if request.method in SAFE_METHODS else Scope.WRITE)
        return True


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registry
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": HOW}


def key_of(request: Request) -> ApiKey:
    if not isinstance(request.auth, ApiKey):
        raise NotAuthenticated(HOW)
    return request.auth


def need(request: Request, scope: Scope) -> None:
    if not may(key_of(request), scope):
        raise PermissionDenied(
            f"This key lacks the scope {scope.value}. Make one that has it, and send that."
        )


def need_whole_workspace(request: Request) -> None:
    if not key_of(request).all_properties:
        raise PermissionDenied(WHOLE)


def may_reveal(request: Request) -> bool:
    return may(key_of(request), Scope.REVEAL)


def workspace_of(request: Request) -> Workspace:
    """The one workspace that this request may see."""
    return key_of(request).workspace


def seen(request: Request, model: type[M]) -> ScopedQuerySet[M]:
    """What the request may see of a model; every query of this face begins with it."""
    key = key_of(request)
    rows: ScopedQuerySet[M] = model.objects.all()
    return narrow(rows.in_workspace(key.workspace), key)


def actor_of(request: Request) -> str:
    return request.user.actor if isinstance(request.user, ApiClient) else ""
