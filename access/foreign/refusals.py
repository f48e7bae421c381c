"""Why a code or a lock cannot change hands, in a word for programs and a sentence for people."""

from __future__ import annotations

UNSUPPORTED_DEVICE = "unsupported_device"


class ManagementRefused(Exception):
    """`type` is the founding API's error type where it has one. `code_id` names the code that stands in the way."""

    def __init__(self, type: str, message: str, *, code_id: str = "") -> None:  # noqa: A002 -- the API's word
        super().__init__(message)
        self.type, self.message, self.code_id = type, message, code_id
