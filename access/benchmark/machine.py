"""The size of this machine, without which no figure means anything."""

from __future__ import annotations

import os
import platform
from typing import Any

from django.db import connection


def machine() -> dict[str, Any]:
    version = connection.cursor().connection.info.server_version
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": f"{version // 10000}.{version % 10000}",
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }
