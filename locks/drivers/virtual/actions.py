"""The vocabulary of a virtual lock's log: the calls of the driver contract, and what happens at the door."""

from __future__ import annotations

import enum


class Call(enum.StrEnum):
    """The calls of the driver contract, also the `action` of log lines."""

    LIST_DEVICES = "list_devices"
    STATUS = "status"
    LIST = "list"
    PUT = "put"
    REMOVE = "remove"
    LOCK = "lock"
    UNLOCK = "unlock"
    ISSUE = "issue"
    AUTO_LOCK = "auto_lock"
    LOG = "log"
    ACCOUNT = "account"


WRITES = frozenset({Call.PUT, Call.REMOVE, Call.LOCK, Call.UNLOCK, Call.AUTO_LOCK})
CODE_WRITES = frozenset({Call.PUT, Call.REMOVE})
COMMANDS = frozenset({Call.LIST, Call.PUT, Call.REMOVE, Call.LOCK, Call.UNLOCK})

KEYPAD_OPENED = "keypad_opened"
KEYPAD_REFUSED = "keypad_refused"

# Lines that a lock's own log tells; the rest is the witness's. `detail` holds the method.
LOCKED = "locked"
UNLOCKED = "unlocked"
DENIED = "denied"
TAMPERED = "tampered"
JAMMED = "jammed"
TOLD = frozenset({KEYPAD_OPENED, LOCKED, UNLOCKED, DENIED, TAMPERED, JAMMED})
