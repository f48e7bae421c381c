"""The states that planning and status reason about, as plain enums (no Django: the planner stays pure)."""

from __future__ import annotations

import enum


class Status(enum.StrEnum):
    """The founding API's status of an access code (facts 2.2); computed, never stored."""

    UNSET = "unset"
    SETTING = "setting"
    SET = "set"
    REMOVING = "removing"
    UNKNOWN = "unknown"


class CodeState(enum.StrEnum):
    """The one vocabulary for people: pages, REST and webhooks (facts on managers, section 3)."""

    HELD = "held"
    PLANNED = "planned"
    SCHEDULED = "scheduled"
    PROGRAMMING = "programming"
    DELAYED = "delayed"
    ACTIVE = "active"
    BACKUP = "backup"
    FAILED = "failed"
    CHANGED_OUTSIDE = "changed_outside"
    REMOVING = "removing"
    REMOVE_FAILED = "remove_failed"
    REMOVAL_UNKNOWN = "removal_unknown"
    ENDED = "ended"
    UNKNOWN = "unknown"


class WriteState(enum.StrEnum):
    """What became of the last command for a code. SENT: the outcome is unknown."""

    NONE = "none"
    SENT = "sent"
    APPLIED = "applied"
    REJECTED = "rejected"
    REMOVED = "removed"


class Seen(enum.StrEnum):
    """What the last trustworthy reading showed of a code.

    ASSUMED: the lock cannot be read, but it confirmed the command. DIFFERS: there, but not as we wrote it.
    """

    NEVER = "never"
    PRESENT = "present"
    ASSUMED = "assumed"
    DIFFERS = "differs"
    ABSENT = "absent"


class Outside(enum.StrEnum):
    """What other hands did to a code since it last stood as we wrote it."""

    MODIFIED = "modified"
    REMOVED = "removed"


class ProblemCode(enum.StrEnum):
    """Codes of problems that the planner finds on an access code; names of the founding API where it has one."""

    ARRIVAL_IN_DANGER = "arrival_in_danger"
    DELAY_IN_SETTING = "delay_in_setting_on_device"
    FAILED_TO_SET = "failed_to_set_on_device"
    DELAY_IN_REMOVING = "delay_in_removing_from_device"
    FAILED_TO_REMOVE = "failed_to_remove_from_device"
    DUPLICATE = "duplicate_code_on_device"
    NO_SPACE = "no_space_for_access_code_on_device"
    MODIFIED_OUTSIDE = "code_modified_external_to_seam"
    NOT_SUPPORTED = "device_cannot_program_online_codes"
    OFFLINE_GOES_ON = "offline_code_still_works"
