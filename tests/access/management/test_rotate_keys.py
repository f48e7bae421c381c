from __future__ import annotations

import io
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from access.management.commands import rotate_keys
from access.models import AccessCode, AccessGrant, LockCode
from access.pins import pin_key_of
from locks.drivers.virtual.models import VirtualCode
from locks.models import Account
from properties.models import CalendarFeed
from tests.factories import NOW
from tests.world import CREDENTIAL, FEED_SECRET, PIN, make_world

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def stored() -> list[str]:
    """Every ciphertext as the database has it."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for model, names in rotate_keys.encrypted_models():
            for name in names:
                field: Any = model._meta.get_field(name)
                cursor.execute(f'SELECT "{field.column}" FROM "{model._meta.db_table}"')
                found += [row[0] for row in cursor.fetchall() if row[0] is not None]
    return found


def test_everything_is_readable_under_the_new_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_keys, "BATCH", 2)
    worlds = [make_world(name, now=NOW) for name in ("ONE", "TWO", "THREE")]
    AccessGrant.objects.filter(pk=worlds[2].grant.pk).update(pin=None)
    old, new = settings.KEYTURN_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    with override_settings(KEYTURN_ENCRYPTION_KEYS=[new, old]):
        shown = run()

    assert "access.AccessCode (pin)" in shown
    box = Fernet(new.encode())
    assert len([box.decrypt(text.encode()) for text in stored()]) == len(stored()) > 0
    with override_settings(KEYTURN_ENCRYPTION_KEYS=[new]):
        codes = AccessCode.objects.filter(pk__in=[world.code.pk for world in worlds])
        assert {code.pin for code in codes} == {PIN}
        assert {code.pin for code in VirtualCode.objects.filter(slot=1)} == {PIN}
        assert [FEED_SECRET in (feed.url or "") for feed in CalendarFeed.objects.all()] == [True] * 3
        assert {account.credentials["password"] for account in Account.objects.all()} == {CREDENTIAL}
        assert AccessGrant.objects.get(pk=worlds[2].grant.pk).pin is None


def test_missing_key_changes_nothing() -> None:
    make_world("ONE", now=NOW)
    before = stored()
    with (
        override_settings(KEYTURN_ENCRYPTION_KEYS=[Fernet.generate_key().decode()]),
        pytest.raises(CommandError, match="Nothing was changed"),
    ):
        run()
    assert stored() == before


def test_hashes_stay_unless_asked_for() -> None:
    code = make_world("ONE", now=NOW).code
    with override_settings(KEYTURN_HASH_KEY="another key of the same kind, long enough"):
        run()
        assert AccessCode.objects.get(pk=code.pk).pin_key == code.pin_key


def test_rehash_recomputes_every_keyed_hash() -> None:
    world = make_world("ONE", now=NOW)
    with override_settings(KEYTURN_HASH_KEY="another key of the same kind, long enough"):
        run("--rehash")
        rows: list[AccessCode | AccessGrant | LockCode] = [
            AccessCode.objects.get(pk=world.code.pk),
            AccessGrant.objects.get(pk=world.grant.pk),
        ]
        rows += LockCode.objects.all()
        assert {row.pin_key for row in rows} == {pin_key_of(row.pin or "") for row in rows}
        assert world.code.pin_key not in {row.pin_key for row in rows}
