"""Codes that belong to no stay: ongoing, time-bound and offline. The API, pages and staff access come through here.

- `shapes`: what is asked for (`NewCode`, `CodeChanges`) and why it is refused (`CodeRefused`).
- `windows`, `offline`: pure rules of windows, on a lock that is written to and on one that computes its codes.
- `devices`: whether a device takes a code at all. `clashes`: who else has the PIN.
- `creating`, `assigning` (offline), `changing` (and deleting), `revealing`: the database work.
- `notes`: what to know before saving.

Nothing here speaks to a lock: what is declared is carried out by the runner.
"""

from access.codes.assigning import variant_of
from access.codes.changing import check_is_ours, delete_code, update_code, update_codes
from access.codes.creating import create_code, create_codes, generate_pin
from access.codes.devices import report_device_constraints, zone_of_door, zone_of_lock
from access.codes.notes import notes_before_creating
from access.codes.revealing import reveal_pin
from access.codes.shapes import (
    UNSET,
    CodeChanges,
    CodeRefused,
    Kind,
    NewCode,
    OnNoCommonPin,
    Refusal,
    Rounding,
)

__all__ = [
    "UNSET",
    "CodeChanges",
    "CodeRefused",
    "Kind",
    "NewCode",
    "OnNoCommonPin",
    "Refusal",
    "Rounding",
    "check_is_ours",
    "create_code",
    "create_codes",
    "delete_code",
    "generate_pin",
    "notes_before_creating",
    "report_device_constraints",
    "reveal_pin",
    "update_code",
    "update_codes",
    "variant_of",
    "zone_of_door",
    "zone_of_lock",
]
