"""What concerns a whole workspace is for callers who see all of it, and nobody hands out more than they have."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from access.enums import Scope
from access.seam.errors import SeamError, refused

if TYPE_CHECKING:
    from access.seam.routing import Call


def forbidden(message: str) -> SeamError:
    return SeamError(HTTPStatus.FORBIDDEN, "forbidden", message)


def check_whole(call: Call) -> None:
    """Refuse a key of some properties: accounts, webhooks and the workspace itself are at none of them."""
    key = call.caller.key
    if key is not None and not key.all_properties:
        raise forbidden(
            "This concerns the whole workspace. Use a key that is not limited to some properties."
        )


def check_all_scopes(call: Call) -> None:
    if not call.caller.scopes >= frozenset(Scope):
        raise forbidden("A client session may see and change everything. Use a key with all scopes.")


def check_reveal(call: Call) -> None:
    if not call.caller.may_reveal:
        raise forbidden("Events of this shape hold door codes. Use a key with the scope “reveal”.")


def check_sandbox(call: Call) -> None:
    if not call.workspace.is_sandbox:
        raise refused(
            "workspace_not_sandbox", "Only in a sandbox workspace can anything be simulated or reset."
        )
