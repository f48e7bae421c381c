"""How events, problems and outcomes are told to programs: plain data for both APIs and for webhooks. No HTTP.

`with_told` loads events, `seam_events` and `keyturn_events` tell many in a fixed number of queries;
`errors_and_warnings` tells what is wrong with a code, a device or an account.
"""

from access.telling.events import SEAM_TYPES, About, seam_event
from access.telling.loading import abouts_of, keyturn_events, seam_events, with_told
from access.telling.own import ALL_NAMES, OwnType, keyturn_event, own_type
from access.telling.problems import errors_and_warnings, seam_problem

__all__ = [
    "ALL_NAMES",
    "SEAM_TYPES",
    "About",
    "OwnType",
    "abouts_of",
    "errors_and_warnings",
    "keyturn_event",
    "keyturn_events",
    "own_type",
    "seam_event",
    "seam_events",
    "seam_problem",
    "with_told",
]
