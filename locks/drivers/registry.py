"""The one table of drivers. A driver is imported when it is first asked for, so that a lock system's client is loaded
only where it is used, and nothing else needs to know its folder. The setting KEYTURN_DRIVERS (name=path of the class)
adds drivers that live elsewhere, such as the benchmark's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from locks.drivers.base import Driver

DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "virtual": "locks.drivers.virtual.driver.VirtualDriver",
        "virtual-memory": "locks.drivers.virtual.driver.MemoryDriver",
    }
)


class UnknownDriver(LookupError):
    """No driver of that name; the message is a sentence."""


@cache
def get_driver(key: str) -> Driver:
    drivers = {**settings.KEYTURN_DRIVERS, **DRIVERS}
    if key not in drivers:
        raise UnknownDriver(f"There is no driver “{key}”; there are: {', '.join(sorted(drivers))}.")
    driver: Driver = import_string(drivers[key])()
    return driver
