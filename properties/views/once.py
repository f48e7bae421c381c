"""A secret that a page shows once: kept in the session, encrypted, from the POST that made it to the page after it.

Reloading that page neither makes another secret nor shows this one again; whoever does not look within ten minutes has
to make a new one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from cryptography.fernet import InvalidToken
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from properties import crypto

if TYPE_CHECKING:
    from properties.tenancy import MemberRequest

KEPT_FOR: Final = dt.timedelta(minutes=10)


@sensitive_variables("secret")
def keep_once(request: MemberRequest, purpose: str, secret: str) -> None:
    until = (timezone.now() + KEPT_FOR).timestamp()
    request.session[_name(purpose)] = [request.workspace.pk, until, crypto.encrypt(secret)]


def take_once(request: MemberRequest, purpose: str) -> str:
    """Return the secret, empty where there is none to show; a HEAD shows nothing and leaves it."""
    if request.method != "GET":
        return ""
    workspace, until, box = request.session.pop(_name(purpose), None) or (None, 0.0, "")
    if workspace != request.workspace.pk or until < timezone.now().timestamp():
        return ""
    try:
        return crypto.decrypt(box)
    except InvalidToken:
        return ""


def _name(purpose: str) -> str:
    return f"once-{purpose}"
