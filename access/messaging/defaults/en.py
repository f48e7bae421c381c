"""The usual messages in English."""

from __future__ import annotations

from access.enums import MessageKind
from access.messaging.defaults.shapes import Text

TEXTS = {
    MessageKind.CONFIRMED: Text(
        "Your stay at {property}",
        "Hello {first_name},\n\n"
        "your booking is confirmed: {property}, {unit}, from {check_in} to {check_out}.\n\n"
        "This link is your key. It shows you everything that you need, when you need it; you need no "
        "app and no account:\n"
        "{pass_link}\n\n"
        "Please do not pass it on.\n\n"
        "See you soon!",
    ),
    MessageKind.BEFORE_ARRIVAL: Text(
        "Your arrival at {property}",
        "Hello {first_name},\n\n"
        "we look forward to seeing you. You can check in from {check_in}.\n\n"
        "Address: {address}\n"
        "{arrival_notes}\n\n"
        "Your code appears here at check-in:\n"
        "{pass_link}\n\n"
        "Questions? {contact}\n\n"
        "Have a good journey!",
    ),
    MessageKind.CODE_READY: Text(
        "Your code for {property}",
        "Hello {first_name},\n\n"
        "your code is on the lock: {code}\n\n"
        "It opens {doors} from {check_in} to {check_out}.\n\n"
        "Everything else is here:\n"
        "{pass_link}",
    ),
    MessageKind.CODE_CHANGED: Text(
        "Your new code for {property}",
        "Hello {first_name},\n\n"
        "your code for {property} was changed. Please use only this one from now on: {code}\n\n"
        "It opens {doors} until {check_out}.\n\n"
        "{pass_link}",
    ),
    MessageKind.BACKUP_GIVEN: Text(
        "Your code for {property}",
        "Hello {first_name},\n\n"
        "please use this code: {code}\n\n"
        "It opens {doors}, now and until {check_out}.\n\n"
        "If a door stays shut, tell us here, at any time of day:\n"
        "{pass_link}",
    ),
    MessageKind.CHECK_OUT: Text(
        "Your departure from {property}",
        "Hello {first_name},\n\n"
        "we hope that you enjoyed your stay. Check-out is until {check_out}; your code works until "
        "then.\n\n"
        "Please close the windows and pull the door shut behind you. Thank you for being our guest, and "
        "have a good journey!",
    ),
}
