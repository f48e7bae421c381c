from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.api_keys import find_key
from properties.models import Workspace
from tests.factories import make_property, make_workspace

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue()


def test_workspace_is_made_where_there_is_none() -> None:
    shown = json.loads(run("--workspace", "Lakeside", "--sandbox", "--json", "--name", "CI"))
    key = find_key(shown["api_key"])
    workspace = Workspace.objects.get()
    assert key is not None
    assert (key.workspace, key.name) == (workspace, "CI")
    assert shown == {
        "api_key": shown["api_key"],
        "key_id": str(key.public_id),
        "workspace_id": str(workspace.public_id),
        "workspace_name": "Lakeside",
        "is_sandbox": True,
        "workspace_created": True,
        "scopes": ["read", "write", "reveal"],
    }


def test_workspace_that_exists_is_taken() -> None:
    workspace = make_workspace("Lakeside")
    shown = run("--workspace", "Lakeside")
    key = find_key(shown.split()[-1])
    assert key is not None
    assert key.workspace == workspace
    assert "Workspace: Lakeside" in shown


def test_real_workspace_is_never_taken_for_a_sandbox() -> None:
    make_workspace("Lakeside")
    with pytest.raises(CommandError, match="no sandbox"):
        run("--workspace", "Lakeside", "--sandbox")


def test_name_of_several_workspaces_is_refused() -> None:
    make_workspace("Lakeside")
    make_workspace("Lakeside")
    with pytest.raises(CommandError, match="several"):
        run("--workspace", "Lakeside")


def test_rights_are_limited_as_asked() -> None:
    place = make_property(make_workspace("Lakeside"), name="House")
    shown = json.loads(
        run(
            *("--workspace", "Lakeside", "--json", "--scopes", "write, read", "--property", "House"),
            *("--expires", "30", "--rate", "10/sec"),
        )
    )
    key = find_key(shown["api_key"])
    assert key is not None
    assert shown["scopes"] == key.scopes == ["read", "write"]
    assert (key.all_properties, list(key.properties.all()), key.rate) == (False, [place], "10/sec")
    assert key.expires_at is not None
    assert abs(key.expires_at - timezone.now() - dt.timedelta(days=30)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scopes", "fly"), "no scope fly"),
        (("--property", "Nowhere"), "no property named Nowhere"),
        (("--expires", "0"), "a day at least"),
    ],
)
def test_unknown_rights_are_refused(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("--workspace", "Lakeside", *arguments)
    assert not Workspace.objects.exists()
