"""Personal tokens: a person's own key for programs, in every workspace of which the person is a member, by role there.

Made (and shown once) on the person's own page or by `manage.py create_personal_token`, found by the Seam-compatible
API. As with API keys, only a hash is kept. Each workspace in which the person is at that moment notes that it was made
or revoked.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from access.api_keys import SHOWN_RANDOM, USE_NOTED_EVERY, hash_key
from access.models import PersonalToken
from properties.models import Workspace
from properties.noting import note_change

if TYPE_CHECKING:
    from properties.models import User

TOKEN_START: Final = "seam_at"  # noqa: S105 -- the public start of every such token
OURS: Final = f"{TOKEN_START}_keyturn_"


@transaction.atomic
def create_token(
    user: User, *, name: str, expires_at: dt.datetime | None = None, now: dt.datetime
) -> tuple[PersonalToken, str]:
    """Return the token's row and the token itself, which cannot be had again."""
    secret = OURS + secrets.token_urlsafe(32)
    token = PersonalToken.objects.create(
        user=user,
        name=name,
        prefix=secret[: len(OURS) + SHOWN_RANDOM],
        token_hash=hash_key(secret),
        expires_at=expires_at,
    )
    _note(token, "Personal token made", now=now)
    return token, secret


def find_token(secret: str, *, now: dt.datetime) -> PersonalToken | None:
    """Return the token that this secret is, with its person, if both are live."""
    live = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = PersonalToken.objects.select_related("user")
    return rows.filter(live, token_hash=hash_key(secret), revoked_at=None, user__is_active=True).first()


def is_live(token: PersonalToken, *, now: dt.datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def note_token_use(token: PersonalToken, *, now: dt.datetime) -> None:
    """At most once a minute, as for keys."""
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        PersonalToken.objects.filter(pk=token.pk).update(last_used_at=now)


@transaction.atomic
def revoke_token(token: PersonalToken, *, now: dt.datetime) -> None:
    """One that was revoked before keeps its moment."""
    if PersonalToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        _note(token, "Personal token revoked", now=now)
    token.refresh_from_db(fields=["revoked_at"])


def _note(token: PersonalToken, what: str, *, now: dt.datetime) -> None:
    for workspace in Workspace.objects.filter(memberships__user=token.user).order_by("pk"):
        note_change(workspace, what, str(token), actor=token.user.email, now=now)
