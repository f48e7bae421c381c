"""The same request sent twice is carried out once: `Idempotency-Key` on whatever creates something.

The first answer is kept (encrypted, since it may hold a door code) and given again, said so in a header. A refusal is
not kept: it changed nothing, and sent again it is judged again. A request whose process was killed leaves a claim, and
after some minutes is carried out again when it is sent again.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from access.api.authentication import key_of
from access.api.errors import Conflict, Invalid
from access.models import ApiKey, IdempotentAnswer

if TYPE_CHECKING:
    from rest_framework.request import Request

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LONGEST: Final = 255
CLAIM: Final = dt.timedelta(minutes=2)
OTHER_BODY: Final = (
    "This Idempotency-Key was sent before with another request. Take a new key for a new request."
)
AT_WORK: Final = "The first request with this Idempotency-Key is still at work. Send it again in a moment."
PARAMETER: Final = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Up to 255 characters of your choice. Sent again with the same body within two days, the first answer "
    f"is given again, with the header {REPLAYED}: true; with another body it is 409.",
)

P = ParamSpec("P")
View = Callable[Concatenate["Request", P], Response]


class AtWork(Conflict):
    wait = 1  # becomes Retry-After


def idempotent(view: View[P]) -> View[P]:
    """Goes around the part of a view that creates."""

    @functools.wraps(view)
    def once(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        name = request.headers.get(HEADER)
        if name is None:
            return view(request, *args, **kwargs)
        if not 0 < len(name) <= LONGEST or not name.isprintable():
            raise Invalid({HEADER: f"Send 1 to {LONGEST} printable characters."})
        key, digest, now = key_of(request), _digest(request), timezone.now()
        kept = _claim(key, name, digest, now=now)
        if kept is not None:
            return _again(kept, digest)
        mine = IdempotentAnswer.objects.filter(key=key, idempotency_key=name)
        try:
            answer = view(request, *args, **kwargs)
        except BaseException:
            mine.delete()
            raise
        body = JSONRenderer().render(answer.data).decode()
        mine.update(status=answer.status_code, body=body)
        return answer

    return once


def _claim(key: ApiKey, name: str, digest: str, *, now: dt.datetime) -> IdempotentAnswer | None:
    """Return None where this request is the first and has the claim now, else what is kept."""
    kept, is_first = IdempotentAnswer.objects.get_or_create(
        key=key, idempotency_key=name, defaults={"request_hash": digest}
    )
    if is_first:
        return None
    abandoned = IdempotentAnswer.objects.filter(
        pk=kept.pk, request_hash=digest, status=None, created_at__lt=now - CLAIM
    )
    return None if abandoned.update(created_at=now) else kept


def _again(kept: IdempotentAnswer, digest: str) -> Response:
    if kept.request_hash != digest:
        raise Conflict(OTHER_BODY)
    if kept.status is None:
        raise AtWork(AT_WORK)
    return Response(json.loads(kept.body or "null"), status=kept.status, headers={REPLAYED: "true"})


def _digest(request: Request) -> str:
    sent: list[Any] = [request.method, request.path, request.data]
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
