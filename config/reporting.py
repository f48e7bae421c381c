"""What a crash report may show: never a PIN, a password, a key or an address that carries one.

Django uses the filter for the technical 500 page and for error mails
(settings.DEFAULT_EXCEPTION_REPORTER_FILTER).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.views.debug import SafeExceptionReporterFilter

if TYPE_CHECKING:
    from collections.abc import ItemsView
    from types import FrameType

    from django.http import HttpRequest

SECRET_NAME = re.compile(
    r"pin|code|pass|secret|token|key|auth|signature|cookie|session|url|dsn|database|cache|cluster|broker",
    re.IGNORECASE,
)


class HidingFilter(SafeExceptionReporterFilter):
    hidden_settings = SECRET_NAME

    def is_active(self, request: HttpRequest | None) -> bool:
        # Django shows everything under DEBUG; a developer's screen is no place for a guest's PIN either.
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        if request is None:
            return {}
        return {
            name: self.cleansed_substitute if SECRET_NAME.search(name) else value
            for name, value in request.POST.items()
        }

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        shown = dict(super().get_traceback_frame_variables(request, tb_frame))
        return {name: self.cleanse_setting(name, value) for name, value in shown.items()}.items()
