"""The secrets of this installation: from the environment in production, made once and kept in var/ otherwise.

`read_production` returns them together with one sentence for every production setting that is missing or weak;
settings refuse to load while there is one.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOW_TO_MAKE: Final = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
HOW_TO_MAKE_FERNET: Final = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)
SHORTEST_SECRET: Final = 50
SHORTEST_HASH_KEY: Final = 32
FEWEST_CHARACTERS: Final = 10
FERNET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    secret_key: str = field(repr=False)
    encryption_keys: list[str] = field(repr=False)
    hash_key: str = field(repr=False)


def read_production(environ: Mapping[str, str]) -> tuple[Secrets, list[str]]:
    found = Secrets(
        secret_key=environ.get("SECRET_KEY", ""),
        encryption_keys=split_list(environ.get("KEYTURN_ENCRYPTION_KEYS", "")),
        hash_key=environ.get("KEYTURN_HASH_KEY", ""),
    )
    return found, find_problems(found, split_list(environ.get("ALLOWED_HOSTS", "")))


def split_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def find_problems(found: Secrets, hosts: list[str]) -> list[str]:
    problems = []
    if not found.secret_key:
        problems.append(f"Set SECRET_KEY to a long random text; make one with: {HOW_TO_MAKE}")
    elif is_weak(found.secret_key, SHORTEST_SECRET):
        problems.append(f"SECRET_KEY is too short or too regular; make a new one with: {HOW_TO_MAKE}")
    if not found.encryption_keys:
        problems.append(
            "Set KEYTURN_ENCRYPTION_KEYS to a key that encrypts the door codes; "
            f"make one with: {HOW_TO_MAKE_FERNET}"
        )
    elif not all(is_fernet_key(key) for key in found.encryption_keys):
        problems.append(
            "KEYTURN_ENCRYPTION_KEYS holds something that is not a Fernet key (newest first, by commas); "
            f"make one with: {HOW_TO_MAKE_FERNET}"
        )
    if not found.hash_key:
        problems.append(
            "Set KEYTURN_HASH_KEY to a random text that never changes (it keeps door codes unique); "
            f"make one with: {HOW_TO_MAKE}"
        )
    elif is_weak(found.hash_key, SHORTEST_HASH_KEY):
        problems.append(f"KEYTURN_HASH_KEY is too short or too regular; make one with: {HOW_TO_MAKE}")
    if not hosts:
        problems.append("Set ALLOWED_HOSTS to the names this site is reached under, such as keys.example.com")
    elif "*" in hosts:
        problems.append(
            "ALLOWED_HOSTS must name the hosts of this site, such as keys.example.com, instead of *"
        )
    return problems


def is_weak(text: str, shortest: int) -> bool:
    return len(text) < shortest or len(set(text)) < FEWEST_CHARACTERS or text.startswith("django-insecure-")


def is_fernet_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == FERNET_BYTES
    except (binascii.Error, ValueError):
        return False


def keep_development(path: Path) -> Secrets:
    """Read the kept secrets, or make them; when two processes begin at once both use the same ones."""
    try:
        return Secrets(**json.loads(path.read_text()))
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Secrets(
        secret_key=secrets.token_urlsafe(48),
        encryption_keys=[base64.urlsafe_b64encode(secrets.token_bytes(FERNET_BYTES)).decode()],
        hash_key=secrets.token_urlsafe(48),
    )
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix="secrets.")
    try:
        with os.fdopen(descriptor, "w") as target:
            json.dump(asdict(made), target)
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(fresh)
    return Secrets(**json.loads(path.read_text()))
