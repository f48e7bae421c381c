"""What is asked for, and why it is refused: the data of access.codes.

The names of fields are also what `CodeRefused.field` says, so that a form or the API can point at what was typed.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


class Refusal(enum.StrEnum):
    """The founding API's error types, as far as codes are refused with them."""

    INVALID = "invalid_input"
    DUPLICATE = "duplicate_access_code"
    NOT_FOUND = "access_code_not_found"
    NOT_TIME_BOUND = "access_code_not_time_bound"
    DEVICE_NOT_FOUND = "device_not_found"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_UNMANAGED = "device_unmanaged"
    UNSUPPORTED_DEVICE = "unsupported_device"
    NO_USER_LEVEL = "dormakaba_oracode_no_valid_user_level"


class CodeRefused(Exception):
    """Nothing was changed. `message` is a sentence that says what to do and never holds a PIN.

    `unnamed`: the same for those who may not see PINs, where the message tells whose the PIN is.
    """

    def __init__(self, error_type: Refusal, message: str, field: str = "", *, unnamed: str = "") -> None:
        super().__init__(message)
        self.type = error_type
        self.message = message
        self.field = field
        self.unnamed = unnamed or message


class Kind(enum.StrEnum):
    ONGOING = "ongoing"
    TIME_BOUND = "time_bound"


class Rounding(enum.StrEnum):
    """By how much each bound of an offline code may be moved to what the lock can do."""

    HOUR = "1hour"
    DAY = "1day"

    @property
    def most(self) -> dt.timedelta:
        return dt.timedelta(days=1) if self is Rounding.DAY else dt.timedelta(hours=1)


class OnNoCommonPin(enum.StrEnum):
    THROW = "throw"
    RANDOM = "create_random_code"


class Unset(enum.Enum):
    UNSET = enum.auto()


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to be declared. Both bounds None: ongoing. `pin` None: one is chosen, or assigned by the lock."""

    name: str = ""
    pin: str | None = field(default=None, repr=False)
    preferred_length: int | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    allow_external_modification: bool = False
    attempt_for_offline_device: bool = True
    prefer_native_scheduling: bool = True
    use_backup_pool: bool = False
    is_offline: bool = False
    is_one_time_use: bool = False
    max_time_rounding: Rounding = Rounding.HOUR
    common_code_key: str = ""


@dataclass(frozen=True, slots=True)
class CodeChanges:
    """What is to be different; what is UNSET stays. A bound of None takes the bound away.

    `kind` ONGOING takes both bounds away, TIME_BOUND asks for both.
    """

    name: str | Unset = UNSET
    pin: str | Unset = field(default=UNSET, repr=False)
    kind: Kind | Unset = UNSET
    starts_at: dt.datetime | Unset | None = UNSET
    ends_at: dt.datetime | Unset | None = UNSET
    allow_external_modification: bool | Unset = UNSET
    attempt_for_offline_device: bool = True
    prefer_native_scheduling: bool | Unset = UNSET
    use_backup_pool: bool = False
