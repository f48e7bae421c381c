"""Which windows the offline codes of each maker can have, as data (facts on the founding API, 1.3).

Read through `Capabilities.offline_rule`; the device says of which kinds it has codes at all.
"""

from __future__ import annotations

import datetime as dt

from locks.capabilities import OfflineKind, OfflineRule

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

# igloohome's algoPINs: facts 1.3. What is longer than a day must be used first within a day of its start.
IGLOO_OFFLINE = (
    OfflineRule(OfflineKind.HOURLY, HOUR, 672 * HOUR, per_slot=3, first_use_above=DAY, first_use_within=DAY),
    OfflineRule(
        OfflineKind.DAILY,
        29 * DAY,
        367 * DAY,
        same_time_of_day=True,
        per_slot=3,
        slot=DAY,
        first_use_above=DAY,
        first_use_within=DAY,
    ),
    OfflineRule(OfflineKind.ONE_TIME, per_slot=5, valid_for=DAY),
)
# Lengths and numbers are UNKNOWN for Lockly: a year at most, and one code for each window.
LOCKLY_OFFLINE = (
    OfflineRule(OfflineKind.HOURLY, HOUR, 365 * DAY),
    OfflineRule(OfflineKind.ONE_TIME, valid_for=DAY),
)
ORACODE_OFFLINE = (
    OfflineRule(OfflineKind.HOURLY, HOUR, 31 * DAY, by_user_level=True),
    OfflineRule(OfflineKind.DAILY, HOUR, 31 * DAY, slot=DAY, by_user_level=True),
)
