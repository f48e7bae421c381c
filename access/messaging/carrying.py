"""Hand a text to e-mail or to what apprise reaches, and say what became of it: sent, failed, or nobody knows.

FAILED means that it surely did not arrive, so it may be tried again; UNCERTAIN that it may have, such as where the
connection broke after the text was handed over.
"""

from __future__ import annotations

import enum
import functools
import logging
import smtplib
import socket
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from properties.addresses import is_public, parse_address

if TYPE_CHECKING:
    from apprise import NotifyBase

SURELY_REFUSED: Final = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
)
# They act on the machine that Keyturn runs on.
LOCAL_ONLY: Final = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"})
# What apprise's own log says where the connection broke after the request had gone out.
BROKEN_LATER: Final = (
    "Read timed out",
    "RemoteDisconnected",
    "Connection aborted",
    "reset by peer",
    "IncompleteRead",
)
NO_SERVICE: Final = "No service is known under this address. It begins like tgram://, slack:// or json://."


class Fate(enum.Enum):
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    reason: str = ""


class AddressRefused(ValueError):
    """Nothing is sent there; the message is a sentence."""


def send_email(*, to: list[str], subject: str, body: str, reply_to: str = "") -> Outcome:
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=to,
        reply_to=[reply_to] if reply_to else None,
        headers={"Auto-Submitted": "auto-generated"},
    )
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(Fate.FAILED, _reason(error))
    try:
        connection.send_messages([message])
    except SURELY_REFUSED as error:
        return Outcome(Fate.FAILED, _reason(error))
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(Fate.UNCERTAIN, _reason(error))
    finally:
        _close(connection)
    return Outcome(Fate.SENT)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        return  # what was sent was sent


@functools.cache
def load_apprise() -> ModuleType:
    """Only where it is needed: it is heavy, and most processes never send anything."""
    import apprise

    with warnings.catch_warnings():
        # Its first use loads all its services, some of which use what Python is about to drop.
        warnings.simplefilter("ignore")
        apprise.Apprise.instantiate("json://localhost")
    return apprise


def send_by_apprise(address: str, *, subject: str, body: str) -> Outcome:
    try:
        service = read_address(address)
    except AddressRefused as refused:
        return Outcome(Fate.FAILED, str(refused))
    apprise = load_apprise()
    sender = apprise.Apprise()
    sender.add(service)
    with apprise.LogCapture(level=logging.DEBUG) as said:
        sent = sender.notify(title=subject, body=body, body_format=apprise.NotifyFormat.TEXT)
        text = said.getvalue()
    if sent:
        return Outcome(Fate.SENT)
    if any(sign in text for sign in BROKEN_LATER):
        return Outcome(Fate.UNCERTAIN, "The service did not answer.")
    return Outcome(Fate.FAILED, "The service did not take it.")


def read_address(address: str) -> NotifyBase:
    """Raise AddressRefused where no service is known, or it is this machine or inside the own network."""
    try:
        service: NotifyBase | None = load_apprise().Apprise.instantiate(address, suppress_exceptions=True)
    except (TypeError, ValueError):
        service = None
    if service is None:
        raise AddressRefused(NO_SERVICE)
    names = {*_listed(service.protocol), *_listed(service.secure_protocol)}
    if names & LOCAL_ONLY:
        raise AddressRefused("This service shows things on the machine of Keyturn itself; choose another.")
    if not settings.KEYTURN_ALERTS_ALLOW_PRIVATE and not all(map(_may_be_public, _hosts_of(service))):
        raise AddressRefused("Its server is inside a private network, to which nothing is sent.")
    # A server outside could send us on to one inside.
    service.redirects = False
    return service


def _hosts_of(service: NotifyBase) -> list[str]:
    """Of services that one runs oneself; elsewhere what stands at the place of a host is a token."""
    templates: tuple[str, ...] = service.templates
    own = any("{host}" in template for template in templates)
    hosts = [service.host if own else "", getattr(service, "smtp_host", "")]
    return [host for host in hosts if isinstance(host, str) and host]


def _may_be_public(host: str) -> bool:
    try:
        return is_public(parse_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # then nothing can be sent there either
    return all(is_public(parse_address(str(answer[4][0]))) for answer in found)


def _listed(names: object) -> tuple[str, ...]:
    if isinstance(names, str):
        return (names,)
    return tuple(names) if isinstance(names, tuple | list | set | frozenset) else ()


def _reason(error: Exception) -> str:
    """The kind of error alone: a server's own words may repeat what was sent."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__}{f' {code}' if code else ''}"
