"""Encrypt everything again under the first key, and on request recompute the keyed hashes of PINs.

To change the encryption key: put the new one first in KEYTURN_ENCRYPTION_KEYS, restart every process, run this, then
remove the old key. To change KEYTURN_HASH_KEY: stop every process, set the new one, run this with --rehash, start
again; a process that still had the old one would take equal PINs for different ones.
All of it is one transaction: a failure at any row leaves everything as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet

from access.pins import pin_key_of
from properties.fields import EncryptedJSONField, EncryptedTextField

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from django.db.models import Model

BATCH: Final = 500
HASHED: Final = {"pin": "pin_key"}


class Command(BaseCommand):
    help = "Encrypt all secrets again under the first of KEYTURN_ENCRYPTION_KEYS (with --rehash also the keyed hashes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rehash",
            action="store_true",
            help="Also recompute keyed hashes under the present KEYTURN_HASH_KEY.",
        )

    def handle(self, *args: Any, rehash: bool, **options: Any) -> None:
        try:
            with transaction.atomic():
                for model, names in encrypted_models():
                    self.stdout.write(f"{model._meta.label} ({', '.join(names)})", ending=" ")
                    self.stdout.flush()
                    self.stdout.write(f"{self.rotate(model, names, rehash=rehash)} rows")
        except InvalidToken as error:
            raise CommandError(
                "A secret cannot be read with any of KEYTURN_ENCRYPTION_KEYS: add the key that it was written under. "
                "Nothing was changed."
            ) from error
        self.stdout.write("Done. The old keys may be removed once no process uses them first.")

    def rotate(self, model: type[Model], names: list[str], *, rehash: bool) -> int:
        done = last = 0
        while rows := lock_batch(model, after=last):
            if rehash:
                rehash_rows(rows, names)
            hashes = [HASHED[name] for name in names if rehash and has_hash(model, name)]
            # Writing the plain value is what encrypts it: under the first key.
            everything: QuerySet[Any, Any] = QuerySet(model)
            everything.bulk_update(rows, [*names, *hashes])
            done, last = done + len(rows), rows[-1].pk
            self.stdout.write(".", ending="")
            self.stdout.flush()
        return done


def encrypted_models() -> Iterator[tuple[type[Model], list[str]]]:
    for model in apps.get_models():
        names = [f.name for f in model._meta.fields if isinstance(f, EncryptedTextField | EncryptedJSONField)]
        if names:
            yield model, names


def lock_batch(model: type[Model], *, after: int) -> list[Model]:
    """Locked, so that nothing that is written meanwhile is overwritten with what was read before."""
    return list(QuerySet(model).select_for_update().filter(pk__gt=after).order_by("pk")[:BATCH])


def rehash_rows(rows: list[Model], names: list[str]) -> None:
    for row in rows:
        for name in names:
            if has_hash(type(row), name):
                pin = getattr(row, name)
                setattr(row, HASHED[name], None if pin is None else pin_key_of(pin))


def has_hash(model: type[Model], name: str) -> bool:
    return any(field.name == HASHED.get(name) for field in model._meta.fields)
