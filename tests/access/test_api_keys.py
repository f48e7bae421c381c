from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.api_keys import create_key, find_key, note_use, revoke_key
from access.models import ApiKey
from tests.factories import NOW, make_member, make_workspace

pytestmark = pytest.mark.django_db


def test_key_is_kept_as_a_hash_and_a_prefix() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    key, secret = create_key(workspace, name="Front desk", created_by=owner)
    row = ApiKey.objects.values().get()
    assert secret.startswith("keyturn_")
    assert row["key_hash"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith(row["prefix"])
    assert len(secret) - len(row["prefix"]) > 30
    assert not any(secret in str(value) for value in row.values())
    assert secret not in f"{key} {key!r}"
    assert key.created_by == owner


def test_key_is_found_until_it_is_revoked() -> None:
    key, secret = create_key(make_workspace(), name="Front desk")
    create_key(make_workspace(), name="Other")
    assert find_key(secret) == key
    assert find_key(secret + "x") is None
    assert find_key(key.key_hash) is None
    assert find_key("") is None

    revoke_key(key, now=NOW)
    revoke_key(key, now=NOW + dt.timedelta(days=1))
    assert find_key(secret) is None
    assert key.revoked_at == NOW


def test_use_is_noted_at_most_once_a_minute() -> None:
    key, secret = create_key(make_workspace(), name="Front desk")
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        found = find_key(secret)
        assert found is not None
        note_use(found, now=NOW + dt.timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == NOW + dt.timedelta(seconds=noted)


def test_use_within_the_minute_costs_no_write() -> None:
    key, _ = create_key(make_workspace(), name="Front desk")
    note_use(key, now=NOW)
    key.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        note_use(key, now=NOW + dt.timedelta(seconds=30))
    assert len(queries) == 0
