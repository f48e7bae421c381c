"""API keys of a workspace: made (and shown) once, found by hash, noted when used, revoked.

Called by the REST face, the admin and `manage.py create_api_key`. A key carries 256 random bits, so a plain SHA-256
hides it as well as a slow hash would.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from access.models import ApiKey

if TYPE_CHECKING:
    from properties.models import User, Workspace

KEY_START: Final = "keyturn_"
SHOWN_LENGTH: Final = len(KEY_START) + 6
USE_NOTED_EVERY: Final = dt.timedelta(minutes=1)


def create_key(workspace: Workspace, *, name: str, created_by: User | None = None) -> tuple[ApiKey, str]:
    """Return the key's row and the key itself, which cannot be had again."""
    secret = KEY_START + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        prefix=secret[:SHOWN_LENGTH],
        key_hash=hash_key(secret),
        created_by=created_by,
    )
    return key, secret


def find_key(secret: str) -> ApiKey | None:
    return (
        ApiKey.objects.select_related("workspace")
        .filter(key_hash=hash_key(secret), revoked_at__isnull=True)
        .first()
    )


def note_use(key: ApiKey, *, now: dt.datetime) -> None:
    """Write at most once a minute, so that a busy program does not cost a write for each call."""
    before = now - USE_NOTED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=now)


def revoke_key(key: ApiKey, *, now: dt.datetime) -> None:
    """A key that was revoked before keeps its moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)
    key.refresh_from_db(fields=["revoked_at"])


def hash_key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
