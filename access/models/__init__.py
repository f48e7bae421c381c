"""Declared codes and their evidence (`codes`), what locks hold (`observed`), what happened and what is wrong
(`history`), things asked of a lock (`attempts`), `staff`, API keys and heartbeats (`keys` and `heartbeat`)."""

from access.models.attempts import ActionAttempt
from access.models.codes import AccessCode, AccessGrant
from access.models.heartbeat import Heartbeat
from access.models.history import Event, Problem
from access.models.keys import ApiKey
from access.models.observed import LockCode
from access.models.staff import StaffAccess

__all__ = [
    "AccessCode",
    "AccessGrant",
    "ActionAttempt",
    "ApiKey",
    "Event",
    "Heartbeat",
    "LockCode",
    "Problem",
    "StaffAccess",
]
