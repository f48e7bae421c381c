"""Make, find and revoke passes.

The token is found by its hash and kept encrypted, so that a manager can be shown the link again. A stay whose pass a
person revoked gets no new one by itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from access.events import ENGINE
from access.models import GuestPass
from properties.compiled import compiled
from properties.enums import StayKind, StayStatus
from properties.models import Stay

TOKEN_BYTES: Final = 24
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
BATCH: Final = 500


def hash_of(token: str) -> str:
    """A token is too long to be guessed, so a plain hash keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_pass(token: str) -> GuestPass | None:
    """Revoked ones too: their page says so."""
    if not TOKEN.fullmatch(token):
        return None
    rows = GuestPass.objects.select_related("stay__unit__property", "stay__guest", "stay__workspace")
    return rows.filter(token_hash=hash_of(token)).first()


def live_pass_of(stay: Stay) -> GuestPass | None:
    return GuestPass.objects.filter(stay=stay, revoked_at=None).first()


def path_of(guest_pass: GuestPass) -> str:
    return reverse("pass", args=[guest_pass.token])


def address_of(guest_pass: GuestPass) -> str:
    """The whole link, as guests are sent it."""
    return f"{settings.KEYTURN_PUBLIC_URL}{path_of(guest_pass)}"


@compiled
def _passes(stay_id: int) -> QuerySet[GuestPass]:
    """The live one first."""
    return GuestPass.objects.filter(stay=stay_id).order_by(F("revoked_at").asc(nulls_first=True))


def ensure_pass(stay: Stay, *, now: dt.datetime) -> GuestPass | None:
    """The pass of a confirmed guest stay, made where there never was one."""
    known = _passes.first(stay.pk)
    if known is not None:
        return None if known.revoked_at is not None else known
    if stay.kind != StayKind.GUEST or stay.status != StayStatus.CONFIRMED or _is_over(stay, now=now):
        return None
    return _make(stay, actor=ENGINE, now=now)


def renew_pass(stay: Stay, *, actor: str, now: dt.datetime) -> GuestPass:
    """Revoke the pass that there is and make another: the former link is dead at once."""
    with transaction.atomic():
        revoke_pass(stay, actor=actor, now=now)
        return _make(stay, actor=actor, now=now)


def revoke_pass(stay: Stay, *, actor: str, now: dt.datetime) -> bool:
    """Tell whether there was one."""
    live = GuestPass.objects.filter(stay=stay, revoked_at=None)
    return bool(live.update(revoked_at=now, revoked_by=actor[:200]))


def sweep_passes(*, now: dt.datetime) -> int:
    """Make the passes that a missed announcement left out; return how many."""
    return ensure_passes(Stay.objects.all(), now=now, limit=BATCH)


def ensure_passes(stays: QuerySet[Stay], *, now: dt.datetime, limit: int | None = None) -> int:
    """As `ensure_pass`, for many at once; return how many were made."""
    rows = (
        stays.filter(kind=StayKind.GUEST, status=StayStatus.CONFIRMED)
        .filter(Q(ends_at__gt=now) | Q(ends_at=None))
        .filter(~Exists(GuestPass.objects.filter(stay=OuterRef("pk"))))
        .order_by("starts_at", "pk")
    )
    made = [_new(stay, actor=ENGINE, now=now) for stay in rows[:limit]]
    GuestPass.objects.bulk_create(made, ignore_conflicts=True)  # another process was a moment earlier
    return len(made)


def _new(stay: Stay, *, actor: str, now: dt.datetime) -> GuestPass:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return GuestPass(stay=stay, token=token, token_hash=hash_of(token), made_by=actor[:200], made_at=now)


def _make(stay: Stay, *, actor: str, now: dt.datetime) -> GuestPass:
    made = _new(stay, actor=actor, now=now)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # another process was a moment earlier
        return GuestPass.objects.get(stay=stay, revoked_at=None)
    return made


def _is_over(stay: Stay, *, now: dt.datetime) -> bool:
    return stay.ends_at is not None and stay.ends_at <= now
