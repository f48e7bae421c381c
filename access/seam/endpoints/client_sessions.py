"""client_sessions/*: tokens for somebody's browser, which sees the accounts it was granted and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from access.api_keys import hash_key
from access.enums import Scope
from access.models import ClientSession, ConnectWebview
from access.seam.auth import SESSION_START
from access.seam.endpoints.rights import check_all_scopes, check_whole
from access.seam.errors import SeamError, invalid, not_found, refused
from access.seam.kinds import Flag, Id, Many, Moment, Text
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.telling.moments import told_moment
from locks.models import Account

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
WORD: Final = Text(200, shortest=1)
IDS: Final = Many(Id())
GRANTS: Final = {
    "connected_account_ids": may(IDS),
    "connect_webview_ids": may(IDS),
    "user_identity_id": may(Id()),
    "user_identity_ids": may(IDS),
}
NEW: Final = {
    "user_identifier_key": may(WORD),
    "customer_key": may(WORD),
    "customer_id": may(WORD),
    "expires_at": may(Moment()),
    **GRANTS,
}
# To take one of these for nothing would make a session that sees something else than was asked for.
_NOT_HERE: Final = {
    "user_identity_id": "There are no user identities here. Grant accounts or connect webviews.",
    "user_identity_ids": "There are no user identities here. Grant accounts or connect webviews.",
    "customer_id": "There are no customers with ids here. Send your own name for them as customer_key.",
}
ONE: Final = {"client_session_id": may(Id()), "user_identifier_key": may(WORD)}
_BY: Final = {
    "client_session_id": "public_id",
    "user_identifier_key": "user_identifier_key",
    "customer_key": "customer_key",
}


@routes.change("client_sessions/create", NEW, "PUT")
def create(call: Call) -> Answer:
    _check(call)
    session = None if _known(call) is not None else _create(call)
    if session is None:
        raise _doubled()
    return {"client_session": _show(call, [session])[0]}


@routes.change("client_sessions/get_or_create", NEW, "PUT")
def get_or_create(call: Call) -> Answer:
    """The user's live session, with what is granted now besides."""
    _check(call)
    known = _known(call)
    session = _create(call) if known is None else None
    if session is None:
        # Where there was none, another request has just made one.
        session = known or _known(call)
        if session is None:
            raise _doubled()
        _grant(call, session)
        if "expires_at" in call:
            session.expires_at = call["expires_at"]
            session.save(update_fields=["expires_at"])
    return {"client_session": _show(call, [session])[0]}


@routes.read("client_sessions/get", ONE, for_sessions=True)
def get(call: Call) -> Answer:
    """A session that names none is shown itself."""
    session = call.caller.session
    if session is None:
        session = _find(call)
    return {"client_session": _show(call, [session])[0]}


@routes.read(
    "client_sessions/list",
    {
        **ONE,
        "connect_webview_id": may(Id()),
        "customer_key": may(WORD),
        "user_identity_id": may(Id()),
        "without_user_identifier_key": may(Flag()),
    },
)
def list_sessions(call: Call) -> Answer:
    rows = call.rows(ClientSession).filter(revoked_at=None)
    rows = rows.filter(**{path: call[name] for name, path in _BY.items() if name in call})
    if "connect_webview_id" in call:
        rows = rows.filter(webview_ids__contains=[str(call["connect_webview_id"])])
    if call.get("without_user_identifier_key"):
        rows = rows.filter(user_identifier_key="")
    if "user_identity_id" in call:
        rows = rows.none()
    return {"client_sessions": _show(call, list(rows.order_by("pk")))}


@routes.change("client_sessions/grant_access", {**ONE, **GRANTS}, "PATCH", "PUT")
def grant_access(call: Call) -> Answer:
    _check(call)
    session = _find(call)
    _grant(call, session)
    return {"client_session": _show(call, [session])[0]}


@routes.change("client_sessions/revoke", {"client_session_id": needs(Id())})
def revoke(call: Call) -> Answer:
    ClientSession.objects.filter(pk=_find(call).pk, revoked_at=None).update(revoked_at=call.now)
    return {}


@routes.change("client_sessions/delete", {"client_session_id": needs(Id())}, "DELETE")
def delete(call: Call) -> Answer:
    _find(call).delete()
    return {}


def _check(call: Call) -> None:
    check_whole(call)
    check_all_scopes(call)
    for name, sentence in _NOT_HERE.items():
        if call.get(name):
            raise invalid(sentence, name)


def _live(call: Call) -> QuerySet[ClientSession]:
    lasting = Q(expires_at=None) | Q(expires_at__gt=call.now)
    return call.rows(ClientSession).filter(lasting, revoked_at=None)


def _known(call: Call) -> ClientSession | None:
    if "user_identifier_key" not in call:
        return None
    return _live(call).filter(user_identifier_key=call["user_identifier_key"]).first()


def _create(call: Call) -> ClientSession | None:
    """None where the user has one already."""
    token = f"{SESSION_START}_{secrets.token_urlsafe(32)}"
    key = call.get("user_identifier_key", "")
    try:
        with transaction.atomic():
            # One that has run out makes room for the next of the same user.
            call.rows(ClientSession).filter(
                user_identifier_key=key, revoked_at=None, expires_at__lte=call.now
            ).update(revoked_at=call.now)
            session = ClientSession.objects.create(
                workspace=call.workspace,
                token=token,
                token_hash=hash_key(token),
                user_identifier_key=key,
                customer_key=call.get("customer_key", ""),
                expires_at=call.get("expires_at"),
            )
            _grant(call, session)
    except IntegrityError:
        return None
    return session


def _doubled() -> SeamError:
    return refused(
        "client_session_token_already_exists",
        "This user has a client session already. Use /client_sessions/get_or_create.",
    )


@transaction.atomic
def _grant(call: Call, session: ClientSession) -> None:
    """Accounts by their ids, and those that come of sign-in pages."""
    accounts = _named(call, Account, call.get("connected_account_ids", ()), "connected_account")
    webviews = _named(call, ConnectWebview, call.get("connect_webview_ids", ()), "connect_webview")
    session.accounts.add(*accounts, *(one.account_id for one in webviews if one.account_id is not None))
    known = list(dict.fromkeys([*session.webview_ids, *(str(one.public_id) for one in webviews)]))
    if known != session.webview_ids:
        session.webview_ids = known
        session.save(update_fields=["webview_ids"])


def _named(call: Call, model: type[Any], ids: Iterable[Any], kind: str) -> list[Any]:
    ids = list(ids)
    if not ids:
        return []
    found = {row.public_id: row for row in call.rows(model).filter(public_id__in=ids)}
    missing = next((one for one in ids if one not in found), None)
    if missing is not None:
        raise not_found(kind, **{f"{kind}_id": missing})
    return list(found.values())


def _find(call: Call) -> ClientSession:
    if "client_session_id" in call:
        row = call.rows(ClientSession).filter(public_id=call["client_session_id"]).first()
    elif "user_identifier_key" in call:
        row = _live(call).filter(user_identifier_key=call["user_identifier_key"]).first()
    else:
        raise invalid(
            'Either "client_session_id" or "user_identifier_key" must be provided', "client_session_id"
        )
    if row is None:
        named = {name: call[name] for name in ONE if name in call}
        raise not_found("client_session", **named)
    return row


def _show(call: Call, sessions: list[ClientSession]) -> list[dict[str, Any]]:
    """The token is shown to those who may do all that it lets do."""
    tells = call.caller.scopes >= frozenset(Scope)
    ids = [one.pk for one in sessions]
    granted: dict[int, list[str]] = {pk: [] for pk in ids}
    devices = dict.fromkeys(ids, 0)
    accounts = Account.objects.in_workspace(call.workspace).filter(client_sessions__in=ids).order_by("pk")
    counted = accounts.annotate(locks=Count("devices", distinct=True))
    for session_id, public_id, locks in counted.values_list("client_sessions", "public_id", "locks"):
        if session_id in granted:
            granted[session_id].append(str(public_id))
            devices[session_id] += locks
    return [
        {
            "client_session_id": str(one.public_id),
            "workspace_id": str(call.workspace.public_id),
            "token": one.token if tells else None,
            "user_identifier_key": one.user_identifier_key or None,
            "customer_key": one.customer_key or None,
            "connected_account_ids": granted[one.pk],
            "connect_webview_ids": one.webview_ids,
            "user_identity_id": None,
            "user_identity_ids": [],
            "device_count": devices[one.pk],
            "expires_at": told_moment(one.expires_at),
            "created_at": told_moment(one.created_at),
        }
        for one in sessions
    ]
