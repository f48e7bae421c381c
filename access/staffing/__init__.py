"""People who are not guests: cleaners, staff, vendors, residents, and the codes for their windows.

`rules` says which days a rule means and what may stand in one, `expanding` turns a schedule into windows (both pure),
`matching` (pure) and `agreeing` make the codes of one holder agree with the windows that count now, `declaring` does it
for a record and sweeps, `saving` gives, changes and ends access, `receivers` hear of doors that change, `overview` is
what pages show. Locks are not talked to here: the planner puts each code on its lock and takes it off.
"""

from access.staffing.declaring import declare_staff, look_again_at_doors, sweep_staff
from access.staffing.rules import RuleError, Weekly, normal_rule, weekly_of, weekly_rule
from access.staffing.saving import (
    StaffDetails,
    StaffRefused,
    add_exception,
    details_of,
    end_staff_access,
    save_staff_access,
)

__all__ = [
    "RuleError",
    "StaffDetails",
    "StaffRefused",
    "Weekly",
    "add_exception",
    "declare_staff",
    "details_of",
    "end_staff_access",
    "look_again_at_doors",
    "normal_rule",
    "save_staff_access",
    "sweep_staff",
    "weekly_of",
    "weekly_rule",
]
