"""Keep door codes out of crash reports: what a program sends or is answered stands in the local variables of any frame.

The report keeps the traceback and loses every value; the query, which may hold a code, goes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.views.debug import SafeExceptionReporterFilter

if TYPE_CHECKING:
    from collections.abc import ItemsView
    from types import FrameType

    from django.http import HttpRequest


class ValuesHidden(SafeExceptionReporterFilter):
    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}


def hide_values(request: HttpRequest) -> None:
    """Called before a fault is reported."""
    request.exception_reporter_filter = ValuesHidden()
    request.META["QUERY_STRING"] = ""
    request.GET = QueryDict()
