"""Who asks, in which workspace, what that lets them do, and which rows they see.

An API key stands for its workspace by its scopes and properties; a personal token for a person, by the role in the
workspace that the header names; a client session for somebody's browser, which sees the accounts it was granted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from django.db.models import Model, Q

from access.api_keys import find_key, hash_key, narrow, note_use, sees_whole_workspace
from access.enums import Scope
from access.models import (
    AccessCode,
    ActionAttempt,
    ApiKey,
    ClientSession,
    CodeAttempt,
    ConnectWebview,
    Event,
    LockCode,
)
from access.personal_tokens import TOKEN_START, find_token, note_token_use
from access.seam.errors import SeamError
from locks.models import Account, Device
from properties.models import Membership
from properties.scoping import ScopedQuerySet
from properties.tenancy import may_manage

if TYPE_CHECKING:
    from django.http import HttpRequest

    from properties.models import User, Workspace

M = TypeVar("M", bound=Model)

SESSION_START: Final = "seam_cst"
PUBLISHABLE_START: Final = "seam_pk"
WORKSPACE_HEADER: Final = "seam-workspace"
SESSION_HEADERS: Final = ("seam-client-session-token", "client-session-token")
ALL_SCOPES: Final = frozenset(Scope)
# From a row to the account that a client session must have been granted.
_ACCOUNT_OF: Final[dict[type[Model], str]] = {
    Account: "",
    Device: "account__",
    AccessCode: "device__account__",
    LockCode: "device__account__",
    ActionAttempt: "device__account__",
    CodeAttempt: "access_code__device__account__",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """`actor` is how the history names them, `reader` how looks at PINs are counted. `workspace` None: a person's
    token without a workspace, which lists and creates workspaces and does nothing else."""

    workspace: Workspace | None
    actor: str
    reader: str
    scopes: frozenset[Scope]
    key: ApiKey | None = None
    session: ClientSession | None = None
    user: User | None = None

    @property
    def may_reveal(self) -> bool:
        return Scope.REVEAL in self.scopes

    @property
    def sees_all(self) -> bool:
        """Whether nothing in the workspace is hidden from them."""
        in_whole = self.key is None or sees_whole_workspace(self.key)
        return self.workspace is not None and self.session is None and in_whole

    def sees(self, rows: ScopedQuerySet[M]) -> ScopedQuerySet[M]:
        if self.workspace is None:
            return rows.none()
        mine = rows.in_workspace(self.workspace)
        if self.key is not None:
            return narrow(mine, self.key)
        return mine if self.session is None else _granted(mine, self.session)


def _granted(rows: ScopedQuerySet[M], session: ClientSession) -> ScopedQuerySet[M]:
    if rows.model is ConnectWebview:
        return rows.filter(public_id__in=session.webview_ids)
    granted = session.accounts.values("pk")
    if rows.model is Event:
        return rows.filter(Q(account__in=granted) | Q(device__account__in=granted))
    path = _ACCOUNT_OF.get(rows.model)
    return rows.none() if path is None else rows.filter(**{f"{path}pk__in": granted})


def identify(request: HttpRequest, *, now: dt.datetime) -> Caller:
    """Raise SeamError: 401 where nobody can be recognised, 404 where somebody names a workspace that is not theirs."""
    headers = request.headers
    if any(headers.get(name) for name in ("seam-publishable-key",)):
        raise _unauthorized(
            "invalid_publishable_key",
            "Publishable keys are not used here. Send an API key of your workspace.",
        )
    secret = next((headers[name].strip() for name in SESSION_HEADERS if headers.get(name)), "")
    if secret:
        return _of_session(secret, now=now)
    scheme, _, secret = headers.get("Authorization", "").strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise _unauthorized(
            "unauthorized", "Send an API key of your workspace: “Authorization: Bearer seam_…”."
        )
    if secret.startswith(PUBLISHABLE_START):
        raise _unauthorized("invalid_publishable_key", "A publishable key cannot be used as an API key.")
    if secret.startswith(SESSION_START):
        return _of_session(secret, now=now)
    if secret.startswith(TOKEN_START):
        return _of_token(secret, headers.get(WORKSPACE_HEADER, ""), now=now)
    return _of_key(secret, now=now)


def _of_key(secret: str, *, now: dt.datetime) -> Caller:
    key = find_key(secret, now=now)
    if key is None:
        raise _unauthorized("unauthorized", "API Key not found")
    note_use(key, now=now)
    scopes = frozenset(Scope(scope) for scope in key.scopes)
    return Caller(key.workspace, f"API key {key.name}", f"key:{key.pk}", scopes, key=key)


def _of_token(secret: str, workspace_id: str, *, now: dt.datetime) -> Caller:
    token = find_token(secret, now=now)
    if token is None:
        raise _unauthorized("unauthorized", "Access token not found")
    note_token_use(token, now=now)
    reader = f"token:{token.pk}"
    if not workspace_id:
        return Caller(None, token.user.email, reader, ALL_SCOPES, user=token.user)
    member = _membership(token.user, workspace_id)
    if member is None:
        # The token is good: who takes a 401 for a bad one would look in the wrong place.
        raise SeamError(
            HTTPStatus.NOT_FOUND,
            "workspace_not_found",
            f"This token's owner is in no workspace of the id in “{WORKSPACE_HEADER}”. See /workspaces/list.",
            data={"workspace_id": workspace_id},
        )
    scopes = ALL_SCOPES if may_manage(member) else frozenset({Scope.READ})
    return Caller(member.workspace, token.user.email, reader, scopes, user=token.user)


def _membership(user: User, workspace_id: str) -> Membership | None:
    try:
        public_id = uuid.UUID(workspace_id)
    except ValueError:
        return None
    mine = Membership.objects.filter(user=user, workspace__public_id=public_id)
    return mine.select_related("workspace").first()


def _of_session(secret: str, *, now: dt.datetime) -> Caller:
    if not secret.startswith(SESSION_START):
        raise _unauthorized("invalid_client_session_token", "This is not a client session token.")
    session = ClientSession.objects.select_related("workspace").filter(token_hash=hash_key(secret)).first()
    if session is None:
        raise _unauthorized("client_session_not_found", "Client session not found")
    if session.revoked_at is not None:
        raise _unauthorized("client_session_revoked", "This client session was revoked. Create a new one.")
    if session.expires_at is not None and session.expires_at <= now:
        raise _unauthorized("client_session_expired", "This client session has expired. Create a new one.")
    name = session.user_identifier_key or session.customer_key or str(session.public_id)
    return Caller(
        session.workspace,
        f"Client session {name}"[:200],
        f"session:{session.pk}",
        ALL_SCOPES,
        session=session,
    )


def _unauthorized(error_type: str, message: str) -> SeamError:
    return SeamError(
        HTTPStatus.UNAUTHORIZED, error_type, message, headers={"WWW-Authenticate": 'Bearer realm="keyturn"'}
    )
