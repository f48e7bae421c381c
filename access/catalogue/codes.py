"""Problems of access codes: those of every brand, those of one brand, and our own."""

from __future__ import annotations

from collections.abc import Mapping

from access.catalogue.shapes import Concerns, ProblemText, error, warning
from access.states import ProblemCode

CODE = Concerns.CODE
_ON_THE_LOCK = "The lock confirms the code."
_GONE = "The lock confirms that the code is gone."

GENERAL: Mapping[str, ProblemText] = {
    ProblemCode.DELAY_IN_SETTING: warning(
        "The stay has begun and the code is not confirmed on the lock.",
        "Keyturn keeps trying.",
        _ON_THE_LOCK,
        CODE,
    ),
    ProblemCode.FAILED_TO_SET: error(
        "The lock did not take the code.",
        "Keyturn keeps trying; check the lock or issue a new code.",
        _ON_THE_LOCK,
        CODE,
    ),
    ProblemCode.DELAY_IN_REMOVING: warning(
        "The code should be gone and is not confirmed gone.", "Keyturn keeps trying.", _GONE, CODE
    ),
    ProblemCode.FAILED_TO_REMOVE: error(
        "The code could not be removed and may still open the door.",
        "Remove it at the lock, or bring it online.",
        _GONE,
        CODE,
    ),
    ProblemCode.DUPLICATE: error(
        "Another code on the lock has the same PIN.",
        "Issue a new code, or remove the other one.",
        "The other code is gone, or this one has another PIN.",
        CODE,
    ),
    "duplicate_code_attempt_prevented": error(
        "The change was not made: another code on the lock has that PIN. The code works as before.",
        "Choose another PIN.",
        "The code is changed again.",
        CODE,
    ),
    ProblemCode.NO_SPACE: error(
        "The lock has no free place for the code.",
        "Remove codes that nobody needs.",
        "A place is free.",
        CODE,
    ),
    "using_backup_access_code": warning(
        "A backup code stands in for this code, which was not confirmed or fails at the door.",
        "Tell the guest; both go on working until the end of the stay.",
        "The backup code ends.",
        CODE,
    ),
    "guest_reports_failure": warning(
        "The guest says that the code does not work.",
        "The lock is read anew; report it again, or give a backup code.",
        "A backup code is given, or nothing is heard for two hours.",
        CODE,
    ),
    ProblemCode.MODIFIED_OUTSIDE: error(
        "Someone changed the code at the lock or in its app.",
        "Keyturn is putting it right.",
        "The lock holds the code as declared.",
        CODE,
        also_warning=True,
    ),
    "management_transferred": warning(
        "The code was taken over from another program, which may write over it again.",
        "Switch the other program off for this lock.",
        "The code ends.",
        CODE,
    ),
    ProblemCode.ARRIVAL_IN_DANGER: error(
        "The code is not confirmed on the lock.",
        "Check the lock, or let the guest in another way.",
        _ON_THE_LOCK,
        CODE,
    ),
    ProblemCode.NOT_SUPPORTED: error(
        "This lock takes no codes from a distance.",
        "Give the guest another way in.",
        "The lock takes codes.",
        CODE,
    ),
    ProblemCode.OFFLINE_GOES_ON: warning(
        "The code should be gone and opens until its end: the lock checks it without any connection.",
        "Where that matters, change the lock's master code, or tell those inside.",
        "The code's end has come.",
        CODE,
    ),
}

OF_BRANDS: Mapping[str, ProblemText] = {
    "igloohome_bridge_offline": error(
        "The igloohome bridge of this lock is offline.",
        "Check its power and Wi-Fi.",
        "The bridge is back and the lock confirms the code.",
        CODE,
    ),
    "igloohome_bridge_too_many_pending_jobs": error(
        "The igloohome bridge has more jobs waiting than it takes.",
        "Wait; where it lasts, restart the bridge.",
        "The queue has drained and the lock confirms the code.",
        CODE,
    ),
    "kwikset_unable_to_confirm_code": error(
        "Kwikset has not confirmed the code.",
        "Try the code at the lock, or add it in the Kwikset app.",
        _ON_THE_LOCK,
        CODE,
        also_warning=True,
    ),
    "kwikset_unable_to_confirm_deletion": error(
        "Kwikset has not confirmed that the code is gone.",
        "Check in the Kwikset app, and delete it there.",
        _GONE,
        CODE,
    ),
    "smartthings_failed_to_set_access_code": error(
        "SmartThings could not set the code.",
        "Check that hub and lock are near and online.",
        _ON_THE_LOCK,
        CODE,
        also_warning=True,
    ),
    "smartthings_failed_to_set_after_multiple_retries": error(
        "SmartThings could not set the code after several tries.",
        "Look at the lock in the SmartThings app; remove other lock managers.",
        _ON_THE_LOCK,
        CODE,
    ),
    "smartthings_no_free_slots_available": error(
        "The lock has no free slot left in SmartThings.",
        "Delete a code in the SmartThings app.",
        "A slot is free.",
        CODE,
    ),
    "august_lock_invalid_code_length": error(
        "The PIN has a length that this lock does not take.",
        "Issue a new code.",
        "The code has another PIN.",
        CODE,
    ),
    "august_lock_bad_access_code_format": error(
        "The lock does not take this PIN.", "Issue a new code.", "The code has another PIN.", CODE
    ),
    "august_device_slots_full": error(
        "The lock holds as many codes as it can.",
        "Delete one in the August or Yale app.",
        "A slot is free.",
        CODE,
    ),
    "august_lock_missing_keypad": error(
        "No keypad is paired with the lock, so codes cannot be entered.",
        "Pair the keypad in the August or Yale app.",
        "A keypad is paired.",
        CODE,
    ),
    "august_device_programming_delay": error(
        "The lock takes longer than usual to be programmed.",
        "Wait; where it lasts, open the maker's app near the lock.",
        _ON_THE_LOCK,
        CODE,
        also_warning=True,
    ),
    "august_lock_temporarily_offline": error(
        "The lock could not be reached just now.",
        "Keyturn keeps trying; check Wi-Fi or the bridge.",
        "The lock is back and confirms the code.",
        CODE,
        also_warning=True,
    ),
    "salto_ks_user_not_subscribed": error(
        "The site's user for this code has no subscription in Salto KS.",
        "Free or add a subscription in Salto KS.",
        "The user is subscribed and the code is set.",
        CODE,
    ),
    "wyze_duplicate_code_name": error(
        "Wyze already holds a code of this name.",
        "Keyturn tries another name; or rename the other code.",
        "The code has a name of its own.",
        CODE,
    ),
    "wyze_potential_duplicate_code": error(
        "A code on the lock, which Wyze does not show, may have the same PIN.",
        "Issue a new code, or remove the other one in the Wyze app.",
        "The code has another PIN.",
        CODE,
    ),
    "dormakaba_oracode_no_valid_user_level": error(
        "None of the door's user levels fits the times of this code.",
        "Change the times, or define a user level that fits.",
        "The code has times that fit.",
        CODE,
    ),
    "schlage_detected_duplicate": warning(
        "Schlage holds a code of the same name or PIN.",
        "Remove the other code in the Schlage app, or issue a new one.",
        _ON_THE_LOCK,
        CODE,
    ),
    "schlage_creation_outage": warning(
        "Schlage's service takes no new codes just now.", "Keyturn keeps trying.", _ON_THE_LOCK, CODE
    ),
    "igloo_algopin_must_be_used_within_24_hours": warning(
        "This code works only if it is used for the first time within 24 hours of its start.",
        "Tell the guest.",
        "The code ends.",
        CODE,
    ),
    "hubitat_device_programming_delay": warning(
        "Hubitat takes longer than usual.", "Check the hub.", _ON_THE_LOCK, CODE
    ),
    "hubitat_no_free_positions_available": error(
        "The lock has no free position left in Hubitat.",
        "Delete a code in Hubitat.",
        "A position is free.",
        CODE,
    ),
}
