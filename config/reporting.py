"""What a crash report may show: never a PIN, a password, a key or an address that carries one.

Django uses the filter for the technical 500 page and for error mails
(settings.DEFAULT_EXCEPTION_REPORTER_FILTER).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.template.defaultfilters import pprint
from django.views.debug import SafeExceptionReporterFilter

if TYPE_CHECKING:
    from collections.abc import ItemsView
    from types import FrameType

    from django.http import HttpRequest

SECRET_NAME = re.compile(
    r"pin|code|pass|secret|token|key|auth|signature|cookie|session|url|dsn|database|cache|cluster|broker",
    re.IGNORECASE,
)
# Digits that stand alone, as many as a lock takes; the year of a date may stay.
PIN_LIKE = re.compile(r"(?<!date\()(?<!time\()(?<![0-9A-Za-z])[0-9]{4,10}(?![0-9A-Za-z])")


class HidingFilter(SafeExceptionReporterFilter):
    hidden_settings = SECRET_NAME

    def is_active(self, request: HttpRequest | None) -> bool:
        # Django shows everything under DEBUG; a developer's screen is no place for a guest's PIN either.
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        if request is None:
            return {}
        return {
            name: self.cleansed_substitute if SECRET_NAME.search(name) else hide_numbers(str(value))
            for name, value in request.POST.items()
        }

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        shown = dict(super().get_traceback_frame_variables(request, tb_frame))
        return {
            name: without_pins(self.cleanse_setting(name, value)) for name, value in shown.items()
        }.items()


class Printed:
    """What a report shows in place of a value: deep code calls a PIN `value`, `text` or `args`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def without_pins(value: object) -> object:
    text = pprint(value)
    hidden = hide_numbers(text)
    return value if hidden == text else Printed(hidden)


def hide_numbers(text: str) -> str:
    return PIN_LIKE.sub("••••", text)
