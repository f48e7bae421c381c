"""API keys of a workspace: made (and shown) once, found by hash, noted when used, replaced, revoked; and what one sees.

Called by both faces for programs, the admin, the page of keys and `manage.py create_api_key`. A key carries 256 random
bits, so a plain SHA-256 hides it as well as a slow hash would. Its start is one that the founding API's package takes.
`narrow` is the one place that knows what a key of some properties sees; each face calls it for each of its queries.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.enums import Scope
from access.models import (
    AccessCode,
    ActionAttempt,
    ApiKey,
    CodeAttempt,
    Event,
    IdempotentAnswer,
    LockCode,
    Problem,
    StaffAccess,
)
from locks.models import Account, Device, Door
from properties.joined import Columns
from properties.models import CalendarFeed, FeedEvent, Property, Stay, Unit, Workspace
from properties.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from properties.models import User

KEY_START: Final = "seam_keyturn_"
SANDBOX_START: Final = "seam_keyturn_test_"
SHOWN_RANDOM: Final = 6
USE_NOTED_EVERY: Final = dt.timedelta(minutes=1)
ANSWERS_KEPT: Final = dt.timedelta(hours=48)
RATE: Final = re.compile(r"[1-9][0-9]{0,6}/(sec|min|hour|day)")

M = TypeVar("M", bound=models.Model)


class KeyRefused(Exception):
    """Such a key cannot be made or replaced; the text says why."""


def create_key(
    workspace: Workspace,
    *,
    name: str,
    scopes: Iterable[str] | None = None,
    properties: Iterable[Property] | None = None,
    expires_at: dt.datetime | None = None,
    rate: str = "",
    created_by: User | None = None,
) -> tuple[ApiKey, str]:
    """Return the key's row and the key itself, which cannot be had again. `scopes` None: all; `properties` None: all,
    those to come included; `rate`: calls such as "600/min", empty for the usual."""
    places = None if properties is None else list(properties)
    _check_rights(workspace, places, rate)
    return _make(
        workspace,
        places,
        name=name,
        scopes=_read_scopes(scopes),
        expires_at=expires_at,
        rate=rate,
        created_by=created_by,
    )


@transaction.atomic
def rotate_key(
    key: ApiKey, *, overlap: dt.timedelta, now: dt.datetime, created_by: User | None = None
) -> tuple[ApiKey, str]:
    """Make a key with the same rights, and let the old one end after the overlap. A key that was made to live for some
    time is followed by one that lives as long. Raise KeyRefused where the old one is dead or has a successor."""
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=key.pk)
    if not is_live(old, now=now):
        raise KeyRefused("This key was revoked or has expired; make a new one instead.")
    if ApiKey.objects.filter(replaces=old).exists():
        raise KeyRefused("This key has a successor already; replace that one, or revoke it.")
    life = old.expires_at - old.created_at if old.expires_at else None
    new, secret = _make(
        old.workspace,
        None if old.all_properties else list(old.properties.all()),
        name=old.name,
        scopes=list(old.scopes),
        expires_at=now + life if life else None,
        rate=old.rate,
        created_by=created_by,
        replaces=old,
    )
    end = now + overlap
    old.expires_at = min(old.expires_at, end) if old.expires_at else end
    old.save(update_fields=["expires_at"])
    key.expires_at = old.expires_at
    return new, secret


def find_key(secret: str, *, now: dt.datetime | None = None) -> ApiKey | None:
    """Return the key that this secret is, with its workspace, if it is live."""
    statement, keys, workspaces = _live_key()
    with connection.cursor() as cursor:
        cursor.execute(statement, [hash_key(secret), now or timezone.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    key = keys.row(row[: len(keys)])
    key.workspace = workspaces.row(row[len(keys) :])
    return key


@functools.cache
def _live_key() -> tuple[str, Columns[ApiKey], Columns[Workspace]]:
    keys, workspaces = Columns(ApiKey), Columns(Workspace)
    statement = (
        f"SELECT {keys.of('k')}, {workspaces.of('w')} "  # noqa: S608 -- names of our own columns
        "FROM access_apikey k JOIN properties_workspace w ON w.id = k.workspace_id "
        "WHERE k.key_hash = %s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %s)"
    )
    return statement, keys, workspaces


def is_live(key: ApiKey, *, now: dt.datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def may(key: ApiKey, scope: Scope) -> bool:
    return scope.value in key.scopes


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


def sweep_answers(*, now: dt.datetime) -> int:
    """Forget what requests with an Idempotency-Key were answered two days ago."""
    deleted, _ = IdempotentAnswer.objects.filter(created_at__lt=now - ANSWERS_KEPT).delete()
    return deleted


def hash_key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def sees_whole_workspace(key: ApiKey) -> bool:
    return key.all_properties


def narrow(queryset: ScopedQuerySet[M], key: ApiKey) -> ScopedQuerySet[M]:
    """Leave only what is at the key's properties. What is at no property (a lock that is nobody's door, a problem of an
    account) is not seen by a key of some properties, nor is any model that no rule here names."""
    if sees_whole_workspace(key):
        return queryset
    mine = ApiKey.properties.through.objects.filter(apikey_id=key.pk).values("property_id")
    if queryset.model is StaffAccess:
        return queryset.filter(*_holders_at(mine))
    if queryset.model is Account:
        return queryset.filter(Exists(Door.objects.filter(device__account=OuterRef("pk"), property__in=mine)))
    if queryset.model in (Event, Problem):
        return queryset.filter(_told_at(mine))
    if queryset.model is AccessCode:
        return queryset.filter(_code_at(mine))
    if queryset.model is CodeAttempt:
        return queryset.filter(_code_at(mine, "access_code__"))
    path = PLACE_OF.get(queryset.model)
    return queryset.none() if path is None else queryset.filter(**{f"{path}__in": mine})


PLACE_OF: Final[dict[type[models.Model], str]] = {
    Property: "pk",
    Unit: "property",
    Stay: "unit__property",
    CalendarFeed: "unit__property",
    FeedEvent: "feed__unit__property",
    Door: "property",
    Device: "door__property",
    LockCode: "device__door__property",
    ActionAttempt: "device__door__property",
}


def _told_at(mine: models.QuerySet[Any, Any]) -> Q:
    """What is about a stay is where the stay is, though its lock may serve another house by now. A problem of a code
    names neither stay nor device."""
    at_door = Q(device__door__property__in=mine) | (Q(device__isnull=True) & _code_at(mine, "access_code__"))
    return Q(stay__unit__property__in=mine) | (Q(stay__isnull=True) & at_door)


def _code_at(mine: models.QuerySet[Any, Any], to: str = "") -> Q:
    """A code of a stay is where the stay is too: a lock that moved does not take its past guests along."""
    at_door = Q(**{f"{to}grant__stay__isnull": True, f"{to}device__door__property__in": mine})
    return Q(**{f"{to}grant__stay__unit__property__in": mine}) | at_door


def _holders_at(mine: models.QuerySet[Any, Any]) -> tuple[Exists, Any]:
    """Holders whose doors are all there: somebody who opens another house too is not this key's to change."""
    served = StaffAccess.doors.through.objects.filter(staffaccess_id=OuterRef("pk"))
    return Exists(served.filter(door__property__in=mine)), ~Exists(served.exclude(door__property__in=mine))


def _check_rights(workspace: Workspace, places: list[Property] | None, rate: str) -> None:
    if any(place.workspace_id != workspace.pk for place in places or ()):
        raise KeyRefused("A key sees properties of its own workspace only.")
    if rate and not RATE.fullmatch(rate):
        raise KeyRefused("Write a rate as calls for each sec, min, hour or day, such as 600/min.")


def _read_scopes(scopes: Iterable[str] | None) -> list[str]:
    if scopes is None:
        return [scope.value for scope in Scope]
    given = {str(scope) for scope in scopes}
    strange = sorted(given - set(Scope.values))
    if strange or not given:
        raise KeyRefused(
            f"There is no scope {', '.join(strange) or '(none given)'}; there are: {', '.join(Scope.values)}."
        )
    return [scope.value for scope in Scope if scope.value in given]


@transaction.atomic
def _make(
    workspace: Workspace, places: list[Property] | None, *, scopes: list[str], **fields: Any
) -> tuple[ApiKey, str]:
    start = SANDBOX_START if workspace.is_sandbox else KEY_START
    secret = start + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        workspace=workspace,
        prefix=secret[: len(start) + SHOWN_RANDOM],
        key_hash=hash_key(secret),
        scopes=scopes,
        all_properties=places is None,
        **fields,
    )
    key.properties.add(*(places or ()))
    return key, secret
