"""Declared codes and their evidence (`codes`), what locks hold (`observed`), what happened and what is wrong
(`history`), API keys and heartbeats (`keys`, `heartbeat`)."""

from access.models.codes import AccessCode, AccessGrant
from access.models.heartbeat import Heartbeat
from access.models.history import Event, Problem
from access.models.keys import ApiKey
from access.models.observed import LockCode

__all__ = ["AccessCode", "AccessGrant", "ApiKey", "Event", "Heartbeat", "LockCode", "Problem"]
