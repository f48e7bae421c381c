"""Encryption at rest and keyed hashes for secrets: PINs, feed addresses, credentials.

`encrypt` uses the first key of KEYTURN_ENCRYPTION_KEYS; `decrypt` accepts all of them, so a key is rotated by
putting a new one first and running `manage.py rotate_keys`. `keyed_hash` lets the database compare secrets
without holding them in the clear: a signed 64-bit number, because PostgreSQL's range types take bigint and an
exclusion constraint needs a range (see access.models.codes).
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in keys])


def encrypt(text: str) -> str:
    return _box(tuple(settings.KEYTURN_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raise `cryptography.fernet.InvalidToken` where no key fits."""
    return _box(tuple(settings.KEYTURN_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


def keyed_hash(purpose: str, text: str) -> int:
    """Return a signed 64-bit HMAC-SHA256 of `text`; equal texts are equal only within one `purpose`."""
    message = f"{purpose}\0{text}".encode()
    digest = hmac.digest(settings.KEYTURN_HASH_KEY.encode(), message, "sha256")
    return int.from_bytes(digest[:8], "big", signed=True)
