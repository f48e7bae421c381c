"""What each lock system asks for when somebody signs in, and which sandbox logins it takes (facts 11.3). Pure.

Any address at example.com signs in with 1234 to every brand that asks for one; each such address is an account of its
own, with the same locks.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from locks.sandbox import SandboxLock

USER_NAME: Final = "user_name"
PASSWORD: Final = "password"  # noqa: S105  -- the name of a field
CODE: Final = "code"
KEY_ID: Final = "api_key_id"
KEY: Final = "api_key"
SITE: Final = "site_name"
ZONE: Final = "time_zone"

SANDBOX_PASSWORD: Final = "1234"  # noqa: S105  -- published for everybody
SANDBOX_CODE: Final = "123456"
SANDBOX_KEY: Final = "ABC123ABC"
SANDBOX_USER: Final = "jane"
SANDBOX_SITE: Final = "Ocean Beach Vacations"
SANDBOX_DOMAIN: Final = "@example.com"

_USUAL: Final = (USER_NAME, PASSWORD)
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "wyze": (KEY_ID, KEY),
    "dormakaba_oracode": (USER_NAME, PASSWORD, SITE, ZONE),
}
# Which brands send a code to a phone or mailbox: UNKNOWN but for these two, whose apps always do.
ASKING_FOR_CODE: Final = frozenset({"august", "yale"})

_NO_CODES: Final = {"online_codes": False}
# Names of the brand guides; where none are named, one lock.
_LOCKS: Final[Mapping[str, tuple[SandboxLock, ...]]] = {
    "schlage": (SandboxLock("FRONT DOOR"),),
    "yale": (SandboxLock("BACK DOOR"),),
    "salto_ks": (
        SandboxLock("BACK DOOR"),
        SandboxLock("FRONT_DOOR"),
        SandboxLock("EXTRA DOOR", _NO_CODES),
    ),
    "nuki": (SandboxLock("Office Lock"),),
    "igloohome": (SandboxLock("Office Lock"),),
    "kwikset": (SandboxLock("Kwikset Halo Touch"),),
    "tedee": (SandboxLock("Front Door"),),
    "two_n": (SandboxLock("Device 0"), SandboxLock("Device 1"), SandboxLock("Device 2")),
    "smartthings": (SandboxLock("Yale Door Lock"),),
}
_USUAL_LOCKS: Final = (SandboxLock("Lock 1"),)


def fields_of(brand: str) -> tuple[str, ...]:
    return _FIELDS.get(brand, _USUAL)


def locks_of(brand: str) -> tuple[SandboxLock, ...]:
    return _LOCKS.get(brand, _USUAL_LOCKS)


def login_name_of(brand: str, answers: Mapping[str, str]) -> str:
    """As whom somebody signs in; addresses are the same however they are written."""
    if brand == "wyze":
        return answers.get(KEY_ID, "").strip()
    name = answers.get(USER_NAME, "").strip().casefold()
    return f"{name} at {answers.get(SITE, '').strip()}" if brand == "dormakaba_oracode" else name


def sandbox_hint_of(brand: str) -> str:
    """What somebody may type in a sandbox."""
    if brand == "wyze":
        return f"This is a sandbox: {SANDBOX_KEY} is both the id and the key."
    if brand == "dormakaba_oracode":
        return f"This is a sandbox: {SANDBOX_USER}, {SANDBOX_PASSWORD}, {SANDBOX_SITE}, and any time zone."
    code = f" The code that is asked for then is {SANDBOX_CODE}." if brand in ASKING_FOR_CODE else ""
    return f"This is a sandbox: any name{SANDBOX_DOMAIN}, with the password {SANDBOX_PASSWORD}.{code}"


def is_code_right(code: str) -> bool:
    return _same(code.strip(), SANDBOX_CODE)


def is_login_right(brand: str, answers: Mapping[str, str]) -> bool:
    """Whether the sandbox knows this login; the code that some brands ask for besides comes after it."""
    if brand == "wyze":
        return _same(answers.get(KEY_ID, "").strip(), SANDBOX_KEY) and _same(
            answers.get(KEY, "").strip(), SANDBOX_KEY
        )
    name = answers.get(USER_NAME, "").strip().casefold()
    address = name.endswith(SANDBOX_DOMAIN) and len(name) > len(SANDBOX_DOMAIN)
    right = _same(answers.get(PASSWORD, ""), SANDBOX_PASSWORD)
    if brand != "dormakaba_oracode":
        return address and right
    site = answers.get(SITE, "").strip().casefold() == SANDBOX_SITE.casefold()
    return (address or name == SANDBOX_USER) and right and site


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
