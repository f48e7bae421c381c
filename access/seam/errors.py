"""Every refusal in one shape: {"error": {type, message, data?, validation_errors?, request_id}, "ok": false}.

`SeamError` is raised by this face alone. What the domain refuses with a type of its own is translated by `translated`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from access.attempts import MINUTE, AttemptRefused
from access.backups.pulling import BackupRefused
from access.codes import CodeRefused, Refusal
from access.foreign import ManagementRefused

INVALID: Final = "invalid_input"
RATE_LIMITED: Final = "rate_limit_exceeded"
# What is not named here is a 400.
STATUS_OF: Final[Mapping[str, HTTPStatus]] = {
    "access_code_not_found": HTTPStatus.NOT_FOUND,
    "backup_access_code_not_found": HTTPStatus.NOT_FOUND,
    "device_not_found": HTTPStatus.NOT_FOUND,
    "duplicate_access_code": HTTPStatus.CONFLICT,
    RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
}
# Where this face has another word than access.codes.
SENT_AS: Final[Mapping[str, str]] = {
    "pin": "code",
    "devices": "device_ids",
    "preferred_length": "preferred_code_length",
    "use_backup_pool": "use_backup_access_code_pool",
    "is_offline": "is_offline_access_code",
    "on_no_common_pin": "behavior_when_code_cannot_be_shared",
    "supported_lengths": "supported_code_lengths",
    "min_length": "min_code_length",
}


class SeamError(Exception):
    """`tree`: the validation errors, field by field."""

    def __init__(
        self,
        status: int,
        error_type: str,
        message: str,
        *,
        data: Mapping[str, Any] | None = None,
        tree: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.type, self.message = int(status), error_type, message
        self.data, self.tree, self.headers = data, tree, dict(headers or {})

    def body(self, request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.type, "message": self.message, "request_id": request_id}
        if self.data is not None:
            error["data"] = self.data
        if self.type == INVALID:
            error["validation_errors"] = self.tree or {"_errors": []}
        return {"error": error, "ok": False}


def invalid(message: str, *fields: str) -> SeamError:
    """`message` says what to do; `fields` are those that it is about."""
    tree: dict[str, Any] = {"_errors": [] if fields else [message]}
    tree.update({field: {"_errors": [message]} for field in fields})
    return SeamError(HTTPStatus.BAD_REQUEST, INVALID, message, tree=tree)


def refused(error_type: str, message: str, **data: Any) -> SeamError:
    return SeamError(
        STATUS_OF.get(error_type, HTTPStatus.BAD_REQUEST), error_type, message, data=data or None
    )


def not_found(kind: str, **data: Any) -> SeamError:
    """`kind`: "device", "access_code", … `data`: what was looked for."""
    said = {name: str(value) for name, value in data.items()}
    message = f"Could not find this {kind.replace('_', ' ')} here."
    return SeamError(HTTPStatus.NOT_FOUND, f"{kind}_not_found", message, data=said or None)


def limited(message: str, *, seconds: int) -> SeamError:
    headers = {"Retry-After": str(max(seconds, 1))}
    return SeamError(HTTPStatus.TOO_MANY_REQUESTS, RATE_LIMITED, message, headers=headers)


DOMAIN_REFUSALS: Final = (CodeRefused, ManagementRefused, BackupRefused, AttemptRefused)


def translated(error: Exception) -> SeamError:
    """Say in this face's words what the domain refused."""
    if isinstance(error, CodeRefused):
        if error.type is Refusal.INVALID:
            field = SENT_AS.get(error.field, error.field)
            return invalid(error.message, *([field] if field else []))
        return refused(error.type.value, error.message)
    if isinstance(error, AttemptRefused):
        if error.type == RATE_LIMITED:
            return limited(str(error), seconds=math.ceil((error.wait or MINUTE).total_seconds()))
        return invalid(str(error)) if error.type == INVALID else refused(error.type, str(error))
    if isinstance(error, ManagementRefused):
        data = {"access_code_id": error.code_id} if error.code_id else {}
        return refused(error.type, error.message, **data)
    if isinstance(error, BackupRefused):
        return refused(error.type, error.message)
    raise error
