"""What the page of a stay and its printed proof show besides access.overview.

`records` loads what several of these read, `windows` takes the window apart, `doors` tells the way of each door's code
by its `tallies`, `entering` when the guest came in and `reaching` whether its locks could tell, `looks` who saw the
code, `evidence` merges what happened, `knowing` says what of it is known and what not, `proving` puts it together for
print, `promising` says what a change can do, `versions` is for polling. Read-only: changes go through
properties.booking and access.issuing.
"""

from access.stay_pages.doors import DoorPage, door_pages, tallies_of_doors
from access.stay_pages.entering import Entries, entries_of
from access.stay_pages.evidence import GROUPS, Evidence, evidence_of
from access.stay_pages.looks import SeenBy, seen_by
from access.stay_pages.promising import code_to_come, going, still_open
from access.stay_pages.proving import Proof, proof_of
from access.stay_pages.records import Records, records_of
from access.stay_pages.versions import SETTLING, has_settling_door, stamp, stay_version
from access.stay_pages.windows import WindowPage, window_page

__all__ = [
    "GROUPS",
    "SETTLING",
    "DoorPage",
    "Entries",
    "Evidence",
    "Proof",
    "Records",
    "SeenBy",
    "WindowPage",
    "code_to_come",
    "door_pages",
    "entries_of",
    "evidence_of",
    "going",
    "has_settling_door",
    "proof_of",
    "records_of",
    "seen_by",
    "stamp",
    "stay_version",
    "still_open",
    "tallies_of_doors",
    "window_page",
]
