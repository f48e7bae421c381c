"""Who calls the REST face: a program with a workspace's API key, and how often it may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.throttling import SimpleRateThrottle

from access.api_keys import find_key, note_use
from access.models import ApiKey

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from properties.models import Workspace

HOW: Final = "Send an API key of your workspace: “Authorization: Bearer keyturn_…”."
UNKNOWN: Final = "This API key is not known, or was revoked. Make a new one and send that."


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


class KeyThrottle(SimpleRateThrottle):
    """So many calls a minute for each key; the counters live in the cache."""

    scope = "key"

    def get_rate(self) -> str:
        return str(settings.KEYTURN_API_RATE)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-rate:{request.auth.pk}" if isinstance(request.auth, ApiKey) else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registry
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": HOW}


def workspace_of(request: Request) -> Workspace:
    """The one workspace that this request may see; everything begins with it."""
    if not isinstance(request.auth, ApiKey):
        raise NotAuthenticated(HOW)
    return request.auth.workspace


def actor_of(request: Request) -> str:
    return request.user.actor if isinstance(request.user, ApiClient) else ""
