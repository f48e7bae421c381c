"""The usual messages in Spanish."""

from __future__ import annotations

from access.enums import MessageKind
from access.messaging.defaults.shapes import Text

TEXTS = {
    MessageKind.CONFIRMED: Text(
        "Tu estancia: {property}",
        "Hola, {first_name}:\n\n"
        "Tu reserva está confirmada: {property}, {unit}, del {check_in} al {check_out}.\n\n"
        "Este enlace es tu llave. Te muestra todo lo que necesitas cuando lo necesitas, sin aplicación "
        "ni cuenta:\n"
        "{pass_link}\n\n"
        "No lo compartas, por favor.\n\n"
        "¡Hasta pronto!",
    ),
    MessageKind.BEFORE_ARRIVAL: Text(
        "Tu llegada: {property}",
        "Hola, {first_name}:\n\n"
        "Te esperamos con ilusión. Puedes llegar a partir del {check_in}.\n\n"
        "Dirección: {address}\n"
        "{arrival_notes}\n\n"
        "Al llegar, tu código aparecerá aquí:\n"
        "{pass_link}\n\n"
        "¿Alguna pregunta? {contact}\n\n"
        "¡Buen viaje!",
    ),
    MessageKind.CODE_READY: Text(
        "Tu código: {property}",
        "Hola, {first_name}:\n\n"
        "Tu código ya está en la cerradura: {code}\n\n"
        "Abre {doors} del {check_in} al {check_out}.\n\n"
        "Todo lo demás está aquí:\n"
        "{pass_link}",
    ),
    MessageKind.CODE_CHANGED: Text(
        "Tu nuevo código: {property}",
        "Hola, {first_name}:\n\n"
        "Tu código para {property} ha cambiado. A partir de ahora usa solo este, por favor: {code}\n\n"
        "Abre {doors} hasta el {check_out}.\n\n"
        "{pass_link}",
    ),
    MessageKind.BACKUP_GIVEN: Text(
        "Tu código: {property}",
        "Hola, {first_name}:\n\n"
        "Usa este código, por favor: {code}\n\n"
        "Abre {doors}, desde ahora y hasta el {check_out}.\n\n"
        "Si alguna puerta no se abre, avísanos aquí a cualquier hora:\n"
        "{pass_link}",
    ),
    MessageKind.CHECK_OUT: Text(
        "Tu salida: {property}",
        "Hola, {first_name}:\n\n"
        "Esperamos que hayas disfrutado de tu estancia. La salida es hasta el {check_out}; tu código "
        "funciona hasta entonces.\n\n"
        "Cierra las ventanas y la puerta al salir, por favor. ¡Gracias por tu visita y buen viaje!",
    ),
}
