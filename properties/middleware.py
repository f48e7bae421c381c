"""A page where a browser would show an empty one: whoever opens an address that only takes what a form sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseNotAllowed
from django.shortcuts import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def explain_refused_method(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def respond(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        looked = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if isinstance(answer, HttpResponseNotAllowed) and looked and not answer.content:
            page = render(request, "405.html", status=answer.status_code)
            page["Allow"] = answer["Allow"]
            return page
        return answer

    return respond
