"""What a lock's page draws over time: what happened at the door, when it could be reached, how its battery went down.

`period` (pure): the days that are shown. `spells`: when it was online, offline, unknown. `loading`: what happened in a
period, in words. `strip` (pure): lanes of one time axis, made of both. `battery`: the line with its gaps and forecast.
`vacancy`: when batteries can be changed undisturbed. Drawn by access.templatetags.lock_drawings. Read-only.
"""

from access.lock_history.battery import BatteryLine, battery_line
from access.lock_history.loading import History, load_history
from access.lock_history.period import Period, period_asked
from access.lock_history.spells import Connection, connection_of, is_reachable, last_heard, spells_between
from access.lock_history.strip import Lane, Strip, strip_of
from access.lock_history.vacancy import next_vacant_day

__all__ = [
    "BatteryLine",
    "Connection",
    "History",
    "Lane",
    "Period",
    "Strip",
    "battery_line",
    "connection_of",
    "is_reachable",
    "last_heard",
    "load_history",
    "next_vacant_day",
    "period_asked",
    "spells_between",
    "strip_of",
]
