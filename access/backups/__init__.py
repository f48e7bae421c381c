"""The backup pool: codes kept ready on each lock, given to a guest whose own code does not work.

- `levels` (pure): how many codes a lock should hold, and the problems of a pool.
- `pool`: make a device's pool what it should be.
- `pulling`: give a code of the pool to a guest; let it follow its original.
- `policy` (pure): when that has to happen by itself; `cases` brings it the rows.
- `reporting`: a guest says that the code fails. `sweeping`: every minute, for all stays.
"""

from access.backups.pool import (
    fill_pool,
    has_pool,
    is_unsettled,
    level_of,
    resize_pools,
    sweep_pools,
    switch_pool,
    tend_pool,
)
from access.backups.pulling import (
    BackupRefused,
    follow_original,
    is_backup_available,
    live_backup_of,
    pull_backup,
)
from access.backups.reporting import ReportAnswer, report_code_failing
from access.backups.sweeping import follow_up_report, sweep_backups

__all__ = [
    "BackupRefused",
    "ReportAnswer",
    "fill_pool",
    "follow_original",
    "follow_up_report",
    "has_pool",
    "is_backup_available",
    "is_unsettled",
    "level_of",
    "live_backup_of",
    "pull_backup",
    "report_code_failing",
    "resize_pools",
    "sweep_backups",
    "sweep_pools",
    "switch_pool",
    "tend_pool",
]
