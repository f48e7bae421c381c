"""How long a device's battery will last, from the readings that were kept of it."""

from __future__ import annotations

import datetime as dt

from locks.batteries import Forecast, Reading, forecast
from locks.models import Device

READINGS = 400


def forecast_of(device: Device, *, now: dt.datetime) -> Forecast:
    rows = device.battery_readings.filter(of_keypad=False).order_by("-at", "-pk")[:READINGS]
    readings = [Reading(row.at, row.level) for row in rows][::-1]
    level = device.battery_level
    if level is not None and readings and readings[-1].level != level:
        # What is kept is kept at most hourly; a battery that was changed since counts at once.
        readings.append(Reading(max(now, readings[-1].at), level))
    return forecast(readings, device.battery_chemistry, now=now, has_direct_power=device.has_direct_power)
