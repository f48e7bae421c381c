"""Problems of accounts. Raised once on the account, whatever number of devices and codes hangs on it (F66)."""

from __future__ import annotations

from collections.abc import Mapping

from access.catalogue.shapes import Concerns, ProblemText, error, warning

ACCOUNT = Concerns.ACCOUNT
_TOLD = "The lock system no longer reports it."

GENERAL: Mapping[str, ProblemText] = {
    "account_disconnected": error(
        "The lock system refuses our login.",
        "Until it is renewed, nothing on its locks can be read or changed.",
        "The login works again.",
        ACCOUNT,
    ),
    "invalid_credentials": error(
        "The stored login of this account is wrong.", "Enter it again.", "The login works.", ACCOUNT
    ),
    "bridge_disconnected": error(
        "The bridge to this lock system is offline.", "Start it again.", "The bridge is back.", ACCOUNT
    ),
    "salto_ks_subscription_limit_exceeded": error(
        "The Salto KS site has no subscription left for another user.",
        "Free or add subscriptions in Salto KS.",
        "Subscriptions are free.",
        ACCOUNT,
    ),
    "scheduled_maintenance_window": warning(
        "The lock system is being maintained; it may not answer.",
        "Wait.",
        "The maintenance is over.",
        ACCOUNT,
        Concerns.DEVICE,
    ),
    "unknown_issue_with_connected_account": warning(
        "Something is wrong with this account, and the lock system does not say what.",
        "Look into the maker's app.",
        _TOLD,
        ACCOUNT,
    ),
    "account_reauthorization_requested": warning(
        "The lock system wants us to sign in again soon.",
        "Renew the login.",
        "The login is renewed.",
        ACCOUNT,
    ),
    "being_deleted": warning("The account is being deleted.", "", "It is deleted.", ACCOUNT),
    "provider_service_unavailable": warning(
        "The lock system's service is down.",
        "Wait; codes on the locks go on working.",
        "The service answers.",
        ACCOUNT,
    ),
    "setup_required": warning(
        "The account is not set up completely.", "Finish it in the maker's app.", _TOLD, ACCOUNT
    ),
    "devices_connected_to_other_account": warning(
        "Some of these locks already hang on another account.",
        "Remove one of the two connections.",
        "Each lock hangs on one account.",
        ACCOUNT,
    ),
}

OWN: Mapping[str, ProblemText] = {
    "account_unreachable": error(
        "The lock system can't be reached.",
        "Keyturn tries again each minute.",
        "The lock system answers.",
        ACCOUNT,
    ),
}
