from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.api_keys import (
    KeyRefused,
    create_key,
    find_key,
    hash_key,
    may,
    narrow,
    note_use,
    revoke_key,
    rotate_key,
)
from access.enums import Scope
from access.models import (
    AccessCode,
    ActionAttempt,
    ApiKey,
    CodeAttempt,
    Event,
    LockCode,
    Problem,
    StaffAccess,
    WebhookEndpoint,
)
from locks.models import Account, Device, Door
from properties.models import CalendarFeed, FeedEvent, Property, Stay, Unit
from properties.scoping import ScopedModel
from tests.factories import NOW, make_member, make_property, make_workspace
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


def test_key_is_kept_as_a_hash_and_a_prefix() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    key, secret = create_key(workspace, name="Front desk", created_by=owner)
    row = ApiKey.objects.values().get()
    assert secret.startswith("seam_keyturn_")
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


def test_key_of_a_sandbox_says_so() -> None:
    workspace = make_workspace()
    workspace.is_sandbox = True
    workspace.save()
    key, secret = create_key(workspace, name="Try")
    assert secret.startswith("seam_keyturn_test_")
    assert secret.startswith(key.prefix)
    assert len(secret) - len(key.prefix) > 30


def test_key_of_the_old_start_goes_on_working() -> None:
    key, _ = create_key(make_workspace(), name="Front desk")
    ApiKey.objects.filter(pk=key.pk).update(key_hash=hash_key("keyturn_old"))
    assert find_key("keyturn_old") == key


def test_key_is_found_until_it_expires() -> None:
    key, secret = create_key(make_workspace(), name="Front desk", expires_at=NOW)
    assert find_key(secret, now=NOW - dt.timedelta(seconds=1)) == key
    assert find_key(secret, now=NOW) is None


def test_key_may_what_its_scopes_say() -> None:
    everything, _ = create_key(make_workspace(), name="All")
    reader, _ = create_key(make_workspace(), name="Reader", scopes=["read"])
    assert [may(everything, scope) for scope in Scope] == [True, True, True]
    assert [may(reader, scope) for scope in Scope] == [True, False, False]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scopes": ["read", "fly"]}, "no scope fly"),
        ({"scopes": []}, "none given"),
        ({"rate": "often"}, "600/min"),
        ({"rate": "0/min"}, "600/min"),
    ],
)
def test_key_with_unknown_rights_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(KeyRefused, match=said):
        create_key(make_workspace(), name="x", **wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert not ApiKey.objects.exists()


def test_key_for_another_workspaces_property_is_refused() -> None:
    other = make_property(make_workspace("Other"))
    with pytest.raises(KeyRefused, match="own workspace"):
        create_key(make_workspace(), name="x", properties=[other])


def test_rotated_key_has_the_same_rights_and_the_old_one_ends() -> None:
    workspace = make_workspace()
    place = make_property(workspace)
    old, old_secret = create_key(
        workspace, name="Desk", scopes=["read", "write"], properties=[place], rate="5/min"
    )
    new, new_secret = rotate_key(old, overlap=dt.timedelta(hours=1), now=NOW)
    assert (new.name, new.scopes, new.rate, new.all_properties) == ("Desk", ["read", "write"], "5/min", False)
    assert list(new.properties.all()) == [place]
    assert (new.replaces, new.expires_at) == (old, None)
    for minutes, found in ((59, old), (60, None)):
        now = NOW + dt.timedelta(minutes=minutes)
        assert find_key(old_secret, now=now) == found
        assert find_key(new_secret, now=now) == new


def test_rotation_does_not_make_a_key_live_longer() -> None:
    old, _ = create_key(make_workspace(), name="x")
    ApiKey.objects.filter(pk=old.pk).update(created_at=NOW, expires_at=NOW + dt.timedelta(days=2))
    now = NOW + dt.timedelta(days=1)
    new, _ = rotate_key(old, overlap=dt.timedelta(days=5), now=now)
    old.refresh_from_db()
    assert old.expires_at == NOW + dt.timedelta(days=2)
    assert new.expires_at == now + dt.timedelta(days=2)


def test_key_is_rotated_once_and_only_alive() -> None:
    key, _ = create_key(make_workspace(), name="x")
    rotate_key(key, overlap=dt.timedelta(hours=1), now=NOW)
    with pytest.raises(KeyRefused, match="successor"):
        rotate_key(key, overlap=dt.timedelta(hours=1), now=NOW)
    with pytest.raises(KeyRefused, match="expired"):
        rotate_key(key, overlap=dt.timedelta(hours=1), now=NOW + dt.timedelta(days=1))


NARROWED: list[tuple[type[ScopedModel], str]] = [
    (Property, "place"), (Unit, "unit"), (Stay, "stay"), (Door, "door"), (Device, "device"), (AccessCode, "code"),
    (Event, "event"), (Problem, "problem"), (CalendarFeed, "feed"), (FeedEvent, "feed_event"),
    (StaffAccess, "holder"), (Account, "account"), (LockCode, "lock_code"), (ActionAttempt, "attempt"),
    (CodeAttempt, "code_attempt"),
]  # fmt: skip


@pytest.fixture
def houses() -> tuple[World, ApiKey, ApiKey]:
    """A world, a key for its house, and one for another house of the workspace."""
    world = make_world("Lake", now=NOW)
    near, _ = create_key(world.workspace, name="near", properties=[world.place])
    far, _ = create_key(world.workspace, name="far", properties=[make_property(world.workspace, name="Far")])
    return world, near, far


@pytest.mark.parametrize(("model", "name"), NARROWED)
def test_key_of_some_properties_sees_what_is_there(
    houses: tuple[World, ApiKey, ApiKey], model: type[ScopedModel], name: str
) -> None:
    world, near, far = houses
    rows = model.objects.in_workspace(world.workspace)
    assert getattr(world, name) in narrow(rows, near)
    assert getattr(world, name) not in narrow(rows, far)
    assert set(narrow(rows, world.key)) == set(rows)


def test_key_of_some_properties_sees_nothing_that_no_rule_names(
    houses: tuple[World, ApiKey, ApiKey],
) -> None:
    world, near, _ = houses
    rows = WebhookEndpoint.objects.in_workspace(world.workspace)
    assert (narrow(rows, near).count(), narrow(rows, world.key).count()) == (0, 1)


def test_holder_who_opens_another_house_too_is_not_seen(houses: tuple[World, ApiKey, ApiKey]) -> None:
    world, near, far = houses
    other = Door.objects.create(
        property=far.properties.get(), name="Far door",
        device=Device.objects.create(account=world.account, external_id="far", brand="schlage", name="Far"),
    )  # fmt: skip
    world.holder.doors.add(other)
    rows = StaffAccess.objects.in_workspace(world.workspace)
    assert [narrow(rows, key).exists() for key in (near, far, world.key)] == [False, False, True]
    # An account of two houses is seen from both.
    assert narrow(Account.objects.all(), far).get() == world.account


def test_event_of_a_stay_is_where_the_stay_is(houses: tuple[World, ApiKey, ApiKey]) -> None:
    world, near, far = houses
    Door.objects.filter(pk=world.door.pk).update(property=far.properties.get())
    rows = Event.objects.in_workspace(world.workspace)
    assert world.event in narrow(rows, near)
    assert world.event not in narrow(rows, far)


def test_code_of_a_stay_is_where_the_stay_is(houses: tuple[World, ApiKey, ApiKey]) -> None:
    world, near, far = houses
    own = AccessCode.objects.create(device=world.device, name="Cleaner")
    Door.objects.filter(pk=world.door.pk).update(property=far.properties.get())
    codes = AccessCode.objects.in_workspace(world.workspace)
    assert world.code.grant is not None
    assert world.code in narrow(codes, near)
    assert world.code not in narrow(codes, far)
    assert own in narrow(codes, far)
    assert own not in narrow(codes, near)
    attempt = CodeAttempt.objects.create(workspace=world.workspace, type="CREATE", access_code=world.code)
    attempts = CodeAttempt.objects.in_workspace(world.workspace)
    assert attempt in narrow(attempts, near)
    assert attempt not in narrow(attempts, far)
