"""The one page for browsers below /seam: where the founding API shows a connect webview. It leads to ours."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.connecting.webviews import address_of, find_webview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@never_cache
def view_webview(request: HttpRequest) -> HttpResponse:
    webview = find_webview(request.GET.get("auth_token", ""))
    if webview is None or not _is_named(request.GET.get("connect_webview_id", ""), webview.public_id):
        raise Http404("There is no such sign-in page.")
    return redirect(address_of(webview))


def _is_named(given: str, public_id: uuid.UUID) -> bool:
    try:
        return uuid.UUID(given) == public_id
    except ValueError:
        return False
