from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import PersonalToken
from access.personal_tokens import create_token, find_token, note_token_use, revoke_token
from properties.models import Membership
from tests.factories import NOW, make_member, make_workspace

pytestmark = pytest.mark.django_db


def test_token_is_found_by_its_secret_and_kept_as_a_hash() -> None:
    workspace = make_workspace()
    token, secret = create_token(make_member(workspace), name="Laptop", now=NOW)
    assert secret.startswith("seam_at_keyturn_")
    assert find_token(secret, now=NOW) == token
    assert secret not in json.dumps(PersonalToken.objects.values().get(), default=str)
    assert secret.startswith(token.prefix)
    assert find_token(f"{secret}x", now=NOW) is None


def test_every_workspace_that_it_opens_notes_it() -> None:
    one, two, strange = make_workspace("One"), make_workspace("Two"), make_workspace("Strange")
    user = make_member(one)
    Membership.objects.create(workspace=two, user=user, role="staff")
    token, secret = create_token(user, name="Laptop", now=NOW)
    revoke_token(token, now=NOW)
    revoke_token(token, now=NOW + dt.timedelta(days=1))
    for workspace in (one, two):
        noted = list(workspace.changes.order_by("pk").values_list("what", "actor", "at"))
        assert noted == [
            ("Personal token made", user.email, NOW),
            ("Personal token revoked", user.email, NOW),
        ]
        assert not any(secret in change.detail for change in workspace.changes.all())
    assert not strange.changes.exists()
    assert token.revoked_at == NOW


def test_dead_tokens_are_not_found() -> None:
    user = make_member(make_workspace())
    ended, ending = create_token(user, name="Ends", expires_at=NOW + dt.timedelta(days=1), now=NOW)
    revoked, gone = create_token(user, name="Revoked", now=NOW)
    revoke_token(revoked, now=NOW)
    assert find_token(ending, now=NOW) == ended
    assert find_token(ending, now=NOW + dt.timedelta(days=1)) is None
    assert find_token(gone, now=NOW) is None
    user.is_active = False
    user.save()
    assert find_token(ending, now=NOW) is None


def test_use_is_noted_once_a_minute() -> None:
    token, _ = create_token(make_member(make_workspace()), name="Laptop", now=NOW)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        token.refresh_from_db()
        note_token_use(token, now=NOW + dt.timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == NOW + dt.timedelta(seconds=noted)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_personal_token", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_a_token_that_works() -> None:
    user = make_member(make_workspace())
    shown = json.loads(run("--email", user.email.upper(), "--name", "CI", "--expires", "3", "--json"))
    now = timezone.now()
    token = find_token(shown["personal_access_token"], now=now)
    assert token is not None
    assert (token.user, token.name, shown["name"], shown["email"]) == (user, "CI", "CI", user.email)
    assert token.expires_at is not None
    assert find_token(run("--email", user.email).split()[-1], now=now) is not None


def test_command_names_what_is_wrong() -> None:
    user = make_member(make_workspace())
    for arguments, told in (
        (("--email", "nobody@example.org"), "createsuperuser"),
        (("--email", user.email, "--expires", "0"), "a day"),
    ):
        with pytest.raises(CommandError, match=told):
            run(*arguments)
    assert not PersonalToken.objects.exists()
