"""The only door through which a stay is booked, changed or cancelled: calendar feeds, REST and pages all come here.

`details` says what can be said of a stay and refuses nonsense, `saving` creates and changes, `creating` creates many
at once, `changing_many` changes many, `changing` cancels, reinstates and overrides, `touching` moves many stays at once
(rules of a property, doors of a unit) and keeps the handshake with access, `unit_rules` moves those of units with times
of their own, `recording` is how every change is written down and announced.

Every function is one transaction (or joins the caller's), locks what it changes, and does nothing at all where
nothing changed. Lock order, for whoever needs several: feed, properties by id (each before its units),
stays. This package knows nothing of locks or codes.
"""

from properties.booking.changing import KEEP, cancel_stay, hold_access, override_times, reinstate_stay
from properties.booking.changing_many import WantedChange, change_stays
from properties.booking.creating import NewStay, create_stays
from properties.booking.details import (
    MANUAL_SOURCE,
    BookingError,
    ChangedMeanwhileError,
    GuestDetails,
    StayDetails,
    cleaned,
    details_of,
    last_digits_of,
    new_external_id,
)
from properties.booking.saving import SavedStay, SaveOutcome, rename_external_id, save_stay
from properties.booking.touching import (
    acknowledge,
    acknowledge_all,
    change_property_rules,
    touch_units,
    unacknowledged_stays,
)
from properties.booking.unit_rules import UNIT_RULES, change_unit_rules

__all__ = [
    "KEEP",
    "MANUAL_SOURCE",
    "UNIT_RULES",
    "BookingError",
    "ChangedMeanwhileError",
    "GuestDetails",
    "NewStay",
    "SaveOutcome",
    "SavedStay",
    "StayDetails",
    "WantedChange",
    "acknowledge",
    "acknowledge_all",
    "cancel_stay",
    "change_property_rules",
    "change_stays",
    "change_unit_rules",
    "cleaned",
    "create_stays",
    "details_of",
    "hold_access",
    "last_digits_of",
    "new_external_id",
    "override_times",
    "reinstate_stay",
    "rename_external_id",
    "save_stay",
    "touch_units",
    "unacknowledged_stays",
]
