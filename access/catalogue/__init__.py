"""Every error and warning that an access code, a device or an account can have, as data.

Names of the founding API's era (facts 10.1, 10.3, 10.4), with its later names beside them, and our own for what it has
no word for. Read by access.problems, which raises and clears them, and by every face that shows them. What raises a
problem stands with the part that finds it: access.planning, access.specific, access.running.health.
"""

from __future__ import annotations

from collections.abc import Mapping

from access.catalogue import accounts, codes, devices
from access.catalogue.shapes import Concerns, ProblemText

__all__ = [
    "CATALOGUE",
    "LATER_NAMES",
    "LATER_WARNINGS",
    "OTHER_NAMES",
    "OUT_OF_REACH",
    "REPORTED_BY_ACCOUNTS",
    "REPORTED_BY_DEVICES",
    "Concerns",
    "ProblemText",
]

CATALOGUE: Mapping[str, ProblemText] = {
    str(code): text
    for part in (
        codes.GENERAL,
        codes.OF_BRANDS,
        devices.GENERAL,
        devices.REPORTED,
        devices.OWN,
        accounts.GENERAL,
        accounts.OWN,
    )
    for code, text in part.items()
}

_WE_KNOW_BETTER = {
    # Found by looking: a lock system's word of them could only contradict.
    "device_offline", "device_removed", "empty_backup_access_code_pool", "partial_backup_access_code_pool",
    "many_active_backup_codes", "max_access_codes_reached", "account_disconnected",
}  # fmt: skip


def _reportable(concerns: Concerns) -> frozenset[str]:
    own = devices.OWN.keys() | accounts.OWN.keys()
    return frozenset(
        code
        for code, text in CATALOGUE.items()
        if concerns in text.concerns and code not in _WE_KNOW_BETTER | own
    )


# What DeviceStatus.conditions and AccountStatusReport.conditions may name; anything else is not raised.
REPORTED_BY_DEVICES = _reportable(Concerns.DEVICE)
REPORTED_BY_ACCOUNTS = _reportable(Concerns.ACCOUNT)

# Codes that nothing in this system can raise, each with the reason.
OUT_OF_REACH: Mapping[str, str] = {
    "hubitat_device_programming_delay": "there is no Hubitat among the brands",
    "hubitat_no_free_positions_available": "there is no Hubitat among the brands",
    "being_deleted": "an account is deleted in one transaction, so nobody can see it on the way",
}

# Troubleshooting pages' other names, and the founding API's names of later years (mid, then SDK 3.18).
OTHER_NAMES: Mapping[str, str] = {
    "salto_site_user_not_subscribed": "salto_ks_user_not_subscribed",
    "functional_offline_device": "hub_required_for_additional_capabilities",
    "conflicting_unmanaged_access_code_id": "duplicate_code_on_device",
}
# Where a warning of that name has a newer name of its own.
LATER_WARNINGS: Mapping[str, str] = {"code_modified_external_to_seam": "external_modification_in_effect"}
_ISSUE = ("provider_issue", "failed_to_issue")
_VIOLATED = ("provider_issue", "code_constraints_violated")
LATER_NAMES: Mapping[str, tuple[str, str]] = {
    "failed_to_set_on_device": ("failed_to_set_on_device", "failed_to_issue"),
    "failed_to_remove_from_device": ("failed_to_remove_from_device", "failed_to_delete"),
    "delay_in_setting_on_device": ("delay_in_setting_on_device", "delay_in_issuing"),
    "code_modified_external_to_seam": ("code_modified_external_to_seam", "conflicting_external_modification"),
    "kwikset_unable_to_confirm_code": ("access_code_state_unconfirmed", "failed_to_issue"),
    "kwikset_unable_to_confirm_deletion": ("access_code_state_unconfirmed", "failed_to_delete"),
    "august_lock_invalid_code_length": _VIOLATED,
    "august_lock_bad_access_code_format": _VIOLATED,
    "dormakaba_oracode_no_valid_user_level": _VIOLATED,
    "igloohome_bridge_offline": _ISSUE,
    "igloohome_bridge_too_many_pending_jobs": _ISSUE,
    "smartthings_failed_to_set_access_code": _ISSUE,
    "smartthings_failed_to_set_after_multiple_retries": _ISSUE,
    "august_device_programming_delay": _ISSUE,
    "august_lock_temporarily_offline": _ISSUE,
    "schlage_creation_outage": _ISSUE,
    "device_cannot_program_online_codes": _ISSUE,
}
