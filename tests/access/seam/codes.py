"""Helpers of the tests of managed codes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from locks.models import Device
from tests.access.seam.conftest import Face

DAY = dt.timedelta(days=1)


def told(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_code(face: Face, device: Device, **params: Any) -> dict[str, Any]:
    answer = face.post("access_codes/create", device_id=str(device.public_id), **params)
    assert answer["ok"] is True, answer
    return dict(answer["access_code"])
