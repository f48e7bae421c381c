"""How often a key may call, and how an answer says what is left of that.

Each key has a rate of its own or the usual one; access.api.metering counts, for all web processes together.
`told_of_rate` goes around every view, since a refusal must tell it, too.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle

from access.api.metering import Meter
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


METER: Final = Meter()


class KeyThrottle(SimpleRateThrottle):
    scope = "key"

    def get_rate(self) -> str:
        return str(settings.KEYTURN_API_RATE)

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        limit, span = self.parse_rate(key.rate or self.get_rate())
        self.answer = METER.count(key.pk, limit=int(limit or 0), span=float(span or 0), now=time.time())
        rate = Rate(int(limit or 0), self.answer.left, max(1, math.ceil(self.answer.wait)))
        setattr(request._request, NOTED, rate)  # noqa: SLF001 -- what goes around the view has only this one
        return self.answer.allowed

    def wait(self) -> float:
        return self.answer.wait


def told_of_rate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @functools.wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        rate: Rate | None = getattr(request, NOTED, None)
        if rate is not None:
            answer[LIMIT], answer[LEFT], answer[RESET] = str(rate.limit), str(rate.left), str(rate.reset)
        return answer

    return telling
