"""What a crash report may show: never a PIN, a password, a key or an address that carries one.

Django uses both classes for the technical 500 page and for error mails (settings.DEFAULT_EXCEPTION_REPORTER and
DEFAULT_EXCEPTION_REPORTER_FILTER): the filter for forms and local variables, the reporter for all else that a report
tells, such as the exception's own words and the query.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

if TYPE_CHECKING:
    from collections.abc import ItemsView
    from types import FrameType

    from django.http import HttpRequest, QueryDict

SECRET_NAME = re.compile(
    r"pin|code|pass|secret|token|key|auth|signature|cookie|session|url|dsn|database|cache|cluster|broker|query_string",
    re.IGNORECASE,
)
# Digits that stand alone, as many as a lock takes; the year of a date may stay. In a repr the end of a line before
# them is a backslash and a letter.
PIN_LIKE = re.compile(
    r"(?<!date\()(?<!time\()(?:(?<![0-9A-Za-z])|(?<=\\[nrtfv])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
    r"[0-9]{4,10}(?![0-9A-Za-z])"
)
# Of an address only its host is told: what follows is where calendars and webhooks carry their secret.
ADDRESS = re.compile(r"(?i)\b(https?|webcals?)://(?:[^\s/?#'\"<>\\]*@)?([^\s/?#@'\"<>\\]*)[/?#][^\s'\"<>\\]*")

LINK = re.compile(r"(/(?:g|connect|accounts/password/reset/key)/)[A-Za-z0-9_-]{8,}")

QUERY = re.compile(r"(/[^\s?'\"<>]*)\?[^\s'\"<>\\]+")


class HidingFilter(SafeExceptionReporterFilter):
    hidden_settings = SECRET_NAME

    def is_active(self, request: HttpRequest | None) -> bool:
        # Django shows everything under DEBUG; a developer's screen is no place for a guest's PIN either.
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {} if request is None else hide_parameters(request.POST)

    def get_safe_request_meta(self, request: Any) -> dict[str, Any]:
        shown = super().get_safe_request_meta(request)
        return {name: hide_secrets(one) if isinstance(one, str) else one for name, one in shown.items()}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        shown = dict(super().get_traceback_frame_variables(request, tb_frame))
        return {
            name: without_secrets(self.cleanse_setting(name, value)) for name, value in shown.items()
        }.items()


class HidingReporter(ExceptionReporter):
    def get_traceback_data(self) -> dict[str, Any]:
        told: dict[str, Any] = super().get_traceback_data()
        for name in ("exception_value", "exception_notes", "unicode_hint"):
            if told.get(name):
                told[name] = hide_secrets(told[name])
        for frame in told["frames"]:
            if frame.get("exc_cause") is not None:
                frame["exc_cause"] = hide_secrets(str(frame["exc_cause"]))
        if told["template_info"]:
            message = hide_secrets(str(told["template_info"]["message"]))
            told["template_info"] = {**told["template_info"], "message": message}
        if self.request is not None:
            told["request_GET_items"] = hide_parameters(self.request.GET).items()
            told["request_insecure_uri"] = hide_secrets(told["request_insecure_uri"])
        return told


class HideLinks(logging.Filter):
    """Keep links that are a right in themselves out of the log: guests' passes, sign-in pages of lock systems."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(hide_links(arg) if isinstance(arg, str) else arg for arg in record.args)
        if isinstance(record.msg, str):
            record.msg = hide_links(record.msg)
        return True


def hide_links(text: str) -> str:
    return LINK.sub(r"\1…", text)


class Printed:
    """What a report shows in place of a value: deep code calls a PIN `value`, `text` or `args`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def hide_parameters(given: QueryDict) -> dict[str, str]:
    return {
        name: HidingFilter.cleansed_substitute if SECRET_NAME.search(name) else hide_secrets(str(value))
        for name, value in given.items()
    }


def without_secrets(value: object) -> object:
    # Not pprint: it breaks long texts into pieces, and what is hidden must be seen whole.
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the report itself must not crash
        return Printed(f"<cannot be shown: {type(error).__name__}>")
    hidden = hide_secrets(text)
    return value if hidden == text else Printed(hidden)


def hide_secrets(text: str) -> str:
    return PIN_LIKE.sub("••••", QUERY.sub(r"\1?…", ADDRESS.sub(r"\1://\2/…", text)))
