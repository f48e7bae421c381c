"""So many changes of codes a minute for each device, as documented; more are a 429 with Retry-After.

What counts are the rows that say what programs asked for, so that all web processes agree. Locking and unlocking have
limits of their own in access.attempts. A key that was given a rate of its own has it here, too; calls at both APIs
count together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import connection

from access.api.rates import KeyThrottle
from access.enums import CodeAttemptType
from access.models import ApiKey
from access.seam.errors import limited
from locks.models import Device

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.seam.routing import Call

MINUTE: Final = dt.timedelta(minutes=1)
MOST_A_MINUTE: Final[Mapping[CodeAttemptType, int]] = {
    CodeAttemptType.CREATE: 10,
    CodeAttemptType.UPDATE: 10,
    CodeAttemptType.DELETE: 20,
    CodeAttemptType.DELETE_UNMANAGED: 20,
    CodeAttemptType.CONVERT: 20,
}


_NTH_LATEST: Final = """
    SELECT created_at FROM access_codeattempt WHERE device_id = %s AND type = %s AND created_at > %s
    ORDER BY created_at DESC OFFSET %s LIMIT 1
"""


def check_rate(call: Call, device: Device, kind: CodeAttemptType) -> None:
    """Whoever asks: a lock takes commands no faster from two programs than from one."""
    most = MOST_A_MINUTE[kind]
    # Asked with every change: in SQL as it is, since to have it composed costs more than to run it.
    with connection.cursor() as cursor:
        cursor.execute(_NTH_LATEST, [device.pk, kind.value, call.now - MINUTE, most - 1])
        found = cursor.fetchall()
    for (moment,) in found:
        seconds = math.ceil((moment + MINUTE - call.now).total_seconds())
        verb = kind.value.split("_", 1)[0].lower()
        raise limited(
            f"A lock takes at most {most} such requests a minute ({verb}). Ask again in {seconds} seconds.",
            seconds=seconds,
        )


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the other API's throttle looks at."""

    auth: ApiKey
    _request: HttpRequest


def check_key_rate(key: ApiKey, request: HttpRequest) -> None:
    """The usual rate is for the other API alone: here each device has its own."""
    if not key.rate:
        return
    throttle = KeyThrottle()
    if not throttle.allow_request(cast("Any", _Asking(key, request)), cast("Any", None)):
        seconds = math.ceil(throttle.wait() or 1)
        raise limited(f"This key may call {key.rate}. Ask again in {seconds} seconds.", seconds=seconds)
