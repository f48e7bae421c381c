"""The usual messages in German."""

from __future__ import annotations

from access.enums import MessageKind
from access.messaging.defaults.shapes import Text

TEXTS = {
    MessageKind.CONFIRMED: Text(
        "Ihr Aufenthalt: {property}",
        "Guten Tag {guest},\n\n"
        "Ihre Buchung ist bestätigt: {property}, {unit}, von {check_in} bis {check_out}.\n\n"
        "Dieser Link ist Ihr Schlüssel. Er zeigt Ihnen alles, was Sie brauchen, sobald Sie es brauchen "
        "– ganz ohne App und Konto:\n"
        "{pass_link}\n\n"
        "Bitte geben Sie ihn nicht weiter.\n\n"
        "Bis bald!",
    ),
    MessageKind.BEFORE_ARRIVAL: Text(
        "Ihre Anreise: {property}",
        "Guten Tag {guest},\n\n"
        "wir freuen uns auf Sie. Anreisen können Sie ab {check_in}.\n\n"
        "Adresse: {address}\n"
        "{arrival_notes}\n\n"
        "Zur Anreise erscheint hier Ihr Code:\n"
        "{pass_link}\n\n"
        "Fragen? {contact}\n\n"
        "Gute Reise!",
    ),
    MessageKind.CODE_READY: Text(
        "Ihr Code: {property}",
        "Guten Tag {guest},\n\n"
        "Ihr Code ist auf dem Schloss: {code}\n\n"
        "Er öffnet {doors} von {check_in} bis {check_out}.\n\n"
        "Alles Weitere finden Sie hier:\n"
        "{pass_link}",
    ),
    MessageKind.CODE_CHANGED: Text(
        "Ihr neuer Code: {property}",
        "Guten Tag {guest},\n\n"
        "Ihr Code für {property} wurde geändert. Bitte verwenden Sie von jetzt an nur noch diesen: "
        "{code}\n\n"
        "Er öffnet {doors} bis {check_out}.\n\n"
        "{pass_link}",
    ),
    MessageKind.BACKUP_GIVEN: Text(
        "Ihr Code: {property}",
        "Guten Tag {guest},\n\n"
        "bitte verwenden Sie diesen Code: {code}\n\n"
        "Er öffnet {doors}, ab sofort und bis {check_out}.\n\n"
        "Bleibt eine Tür zu, melden Sie es uns hier, zu jeder Tages- und Nachtzeit:\n"
        "{pass_link}",
    ),
    MessageKind.CHECK_OUT: Text(
        "Ihre Abreise: {property}",
        "Guten Tag {guest},\n\n"
        "wir hoffen, Sie hatten einen schönen Aufenthalt. Die Abreise ist bis {check_out}; so lange "
        "gilt auch Ihr Code.\n\n"
        "Bitte schließen Sie die Fenster und ziehen Sie die Tür hinter sich zu. Danke, dass Sie unser "
        "Gast waren, und gute Heimreise!",
    ),
}
