"""Choose PINs, put them on declared codes, show them, replace them.

A PIN is chosen once, inside the constraints of every door of the stay, free on each of them, and stays until a person
(or a clash that the lock reports before the guest could know it) asks for another.

`choosing`: which PIN. `declaring`: codes with it, and their tombstones. `revealing`: shown to people. `replacing`:
another one for all.
"""

from access.issuing.choosing import (
    REPLACED,
    PinTaken,
    PinUse,
    choose_for,
    ensure_pin,
    put_pin,
    space_of,
)
from access.issuing.declaring import (
    NO_PIN_FITS,
    PIN_CONSTRAINT,
    declare_code,
    declare_codes,
    live_codes_of,
    revoke_code,
)
from access.issuing.replacing import (
    TRIES,
    IssuedMeanwhile,
    NoPinLeft,
    issue_new_pin,
    pin_may_change,
    replace_pin,
)
from access.issuing.revealing import (
    RevealedPin,
    door_name,
    issue_mark,
    issue_of,
    reveal_pins,
)

__all__ = [
    "NO_PIN_FITS",
    "PIN_CONSTRAINT",
    "REPLACED",
    "TRIES",
    "IssuedMeanwhile",
    "NoPinLeft",
    "PinTaken",
    "PinUse",
    "RevealedPin",
    "choose_for",
    "declare_code",
    "declare_codes",
    "door_name",
    "ensure_pin",
    "issue_mark",
    "issue_new_pin",
    "issue_of",
    "live_codes_of",
    "pin_may_change",
    "put_pin",
    "replace_pin",
    "reveal_pins",
    "revoke_code",
    "space_of",
]
