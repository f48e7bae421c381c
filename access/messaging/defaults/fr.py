"""The usual messages in French."""

from __future__ import annotations

from access.enums import MessageKind
from access.messaging.defaults.shapes import Text

TEXTS = {
    MessageKind.CONFIRMED: Text(
        "Votre séjour : {property}",
        "Bonjour {guest},\n\n"
        "votre réservation est confirmée : {property}, {unit}, du {check_in} au {check_out}.\n\n"
        "Ce lien est votre clé. Il vous montre tout ce dont vous avez besoin, au bon moment, sans "
        "application ni compte :\n"
        "{pass_link}\n\n"
        "Merci de ne pas le transmettre.\n\n"
        "À bientôt !",
    ),
    MessageKind.BEFORE_ARRIVAL: Text(
        "Votre arrivée : {property}",
        "Bonjour {guest},\n\n"
        "nous nous réjouissons de vous accueillir. Vous pouvez arriver à partir du {check_in}.\n\n"
        "Adresse : {address}\n"
        "{arrival_notes}\n\n"
        "Votre code s’affichera ici à votre arrivée :\n"
        "{pass_link}\n\n"
        "Une question ? {contact}\n\n"
        "Bon voyage !",
    ),
    MessageKind.CODE_READY: Text(
        "Votre code : {property}",
        "Bonjour {guest},\n\n"
        "votre code est enregistré dans la serrure : {code}\n\n"
        "Il ouvre {doors} du {check_in} au {check_out}.\n\n"
        "Tout le reste se trouve ici :\n"
        "{pass_link}",
    ),
    MessageKind.CODE_CHANGED: Text(
        "Votre nouveau code : {property}",
        "Bonjour {guest},\n\n"
        "votre code pour {property} a changé. Veuillez n’utiliser désormais que celui-ci : {code}\n\n"
        "Il ouvre {doors} jusqu’au {check_out}.\n\n"
        "{pass_link}",
    ),
    MessageKind.BACKUP_GIVEN: Text(
        "Votre code : {property}",
        "Bonjour {guest},\n\n"
        "veuillez utiliser ce code : {code}\n\n"
        "Il ouvre {doors}, dès maintenant et jusqu’au {check_out}.\n\n"
        "Si une porte reste fermée, dites-le-nous ici, à toute heure :\n"
        "{pass_link}",
    ),
    MessageKind.CHECK_OUT: Text(
        "Votre départ : {property}",
        "Bonjour {guest},\n\n"
        "nous espérons que votre séjour vous a plu. Le départ se fait jusqu’au {check_out} ; votre code "
        "fonctionne jusque-là.\n\n"
        "Merci de fermer les fenêtres et de tirer la porte derrière vous. Merci d’avoir été notre hôte, "
        "et bon retour !",
    ),
}
