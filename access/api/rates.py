"""How often a key may call, and how an answer says what is left of that.

Each key has a rate of its own or the usual one; the counters live in the cache. `told_of_rate` goes around every view,
since a refusal must tell it, too.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle

from access.models import ApiKey

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.views import APIView

LIMIT, LEFT, RESET = "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"
NOTED: Final = "_keyturn_rate"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in each span, so many left of those, and seconds until one more is."""

    limit: int
    left: int
    reset: int


class KeyThrottle(SimpleRateThrottle):
    scope = "key"

    def get_rate(self) -> str:
        return str(settings.KEYTURN_API_RATE)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-rate:{request.auth.pk}" if isinstance(request.auth, ApiKey) else None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ApiKey) and request.auth.rate:
            self.num_requests, self.duration = self.parse_rate(request.auth.rate)
        allowed = super().allow_request(request, view)
        history: list[float] = getattr(self, "history", [])
        if history:
            oldest, limit = history[-1], int(self.num_requests or 0)
            reset = math.ceil(float(self.duration or 0) - (self.now - oldest))
            rate = Rate(limit, max(0, limit - len(history)), max(1, reset))
            setattr(request._request, NOTED, rate)  # noqa: SLF001 -- what goes around the view has only this one
        return allowed


def told_of_rate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @functools.wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        rate: Rate | None = getattr(request, NOTED, None)
        if rate is not None:
            answer[LIMIT], answer[LEFT], answer[RESET] = str(rate.limit), str(rate.left), str(rate.reset)
        return answer

    return telling
