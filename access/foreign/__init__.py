"""Codes and locks that are not ours: unmanaged codes, and devices that are left to others.

Finding them is the runner's work (access.running.inventory). Here is what a person may do about them:

- `converting`: an unmanaged code becomes ours as it stands; by force also from another workspace.
- `deleting`: an unmanaged code is removed from its lock.
- `ignoring`: one may stay, and nobody is asked about it again.
- `releasing`: a code of ours is let go of and stays on its lock.
- `devices`: a whole lock is let go of, and taken back.
- `listing`, `conflicts`: what pages and problems tell of them.
- `finding`: one that is known to stand in a place before the lock was read again.

Nothing here speaks to a lock: rows change, the device wakes, and the planner finds what is left to do.
"""

from access.foreign.conflicts import conflict_among, conflict_of
from access.foreign.converting import convert_code
from access.foreign.deleting import delete_foreign_code
from access.foreign.devices import manage_device, unmanage_device
from access.foreign.finding import note_found
from access.foreign.ignoring import ignore_foreign_code
from access.foreign.listing import (
    note_foreign_looks,
    reveal_foreign_pin,
    unmanaged_codes,
    unmanaged_lines,
)
from access.foreign.refusals import ManagementRefused
from access.foreign.releasing import unmanage_code

__all__ = [
    "ManagementRefused",
    "conflict_among",
    "conflict_of",
    "convert_code",
    "delete_foreign_code",
    "ignore_foreign_code",
    "manage_device",
    "note_foreign_looks",
    "note_found",
    "reveal_foreign_pin",
    "unmanage_code",
    "unmanage_device",
    "unmanaged_codes",
    "unmanaged_lines",
]
