"""workspaces/*: the tenant that a key is of, those that a person is a member of, and a sandbox's reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from access.connecting import looks
from access.connecting.resetting import reset_sandbox
from access.enums import CodeAttemptType
from access.models import CodeAttempt
from access.seam.endpoints.rights import check_sandbox, check_whole, forbidden
from access.seam.errors import invalid
from access.seam.kinds import Choice, Flag, Text
from access.seam.reading import Nested, may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_code_attempt
from access.starting import BY_OWNERS, create_workspace, may_start
from access.workspace_rules import change_workspace
from properties.models import Membership, Workspace

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
NAME: Final = Text(100, shortest=1)
# Names that the founding API keeps beside the workspace's own; here they are the same.
_NAMES: Final = {"company_name": may(NAME), "connect_partner_name": may(NAME, null=True)}
_NOT_HERE: Final = {
    "is_publishable_key_auth_enabled": "There are no publishable keys here. Use client sessions.",
    "is_suspended": "Workspaces are not suspended here; revoke the keys instead.",
    "organization_id": "There are no organizations here. Leave this out.",
}
_COLOUR: Final = Text(7, pattern=looks.COLOUR, hint="Expected a colour such as #1a2b3c")
_LOOK: Final = {
    looks.SHAPE: may(Choice(("circle", "square")), null=True),
    looks.BUTTON: may(_COLOUR, null=True),
    looks.TEXT: may(_COLOUR, null=True),
    looks.MESSAGE: may(Text(looks.LONGEST_MESSAGE), null=True),
}
_CUSTOM: Final = "connect_webview_customization"
_OF_BOTH: Final = {"organization_id": may(NAME), _CUSTOM: may(Nested(_LOOK))}
# What newer programs put into one object, older ones say beside the name.
_OF_NEW: Final = {f"webview_{name}": param for name, param in _LOOK.items()}


@routes.read("workspaces/get", {}, for_sessions=True)
def get(call: Call) -> Answer:
    return {"workspace": show_workspace(call.workspace)}


@routes.read("workspaces/list", {}, anywhere=True)
def list_workspaces(call: Call) -> Answer:
    """A person's token lists what the person is a member of; a key knows its own alone."""
    if call.caller.user is None:
        return {"workspaces": [show_workspace(call.workspace)]}
    mine = Membership.objects.filter(user=call.caller.user).select_related("workspace").order_by("pk")
    return {"workspaces": [show_workspace(one.workspace) for one in mine]}


@routes.change(
    "workspaces/create",
    {"name": needs(NAME), "is_sandbox": may(Flag()), **_NAMES, **_OF_BOTH, **_OF_NEW},
    anywhere=True,
)
def create(call: Call) -> Answer:
    """Whoever makes a workspace owns it, so that only a person can."""
    user = call.caller.user
    if user is None:
        raise forbidden("Only a person makes workspaces. Use a personal access token.")
    _check_here(call)
    if not may_start(user):
        raise forbidden(BY_OWNERS)
    look = _look_of(call, {})
    with transaction.atomic():
        workspace = create_workspace(
            user, name=call["name"], is_sandbox=call.get("is_sandbox", False), now=call.now
        )
        change_workspace(workspace, values=look, actor=call.actor)
    workspace.refresh_from_db()
    return {"workspace": show_workspace(workspace)}


@routes.change(
    "workspaces/update",
    {
        "name": may(NAME),
        "is_publishable_key_auth_enabled": may(Flag()),
        "is_suspended": may(Flag()),
        **_NAMES,
        **_OF_BOTH,
    },
    "PATCH",
    "PUT",
)
def update(call: Call) -> Answer:
    check_whole(call)
    _check_here(call)
    names = {call[name] for name in ("name", *_NAMES) if call.get(name)}
    if len(names) > 1:
        raise invalid(
            "A workspace has one name here, which its sign-in pages show too.", "connect_partner_name"
        )
    with transaction.atomic():
        # Held, since a part of its look is changed: another program may be changing another part.
        held = Workspace.objects.select_for_update(no_key=True).get(pk=call.workspace.pk)
        values = _look_of(call, held.webview_look)
        if names:
            values["name"] = names.pop()
        if values:
            change_workspace(held, values=values, actor=call.actor)
    return {}


def _look_of(call: Call, before: dict[str, str]) -> dict[str, Any]:
    given = {name: call[f"webview_{name}"] for name in _LOOK if f"webview_{name}" in call}
    given |= call.get(_CUSTOM, {})
    if not given:
        return {}
    try:
        return {"webview_look": looks.changed_look(before, given)}
    except looks.LookRefused as refusal:
        raise invalid(str(refusal), _CUSTOM) from refusal


def _check_here(call: Call) -> None:
    for name, sentence in _NOT_HERE.items():
        if call.get(name):
            raise invalid(sentence, name)


@routes.change("workspaces/reset_sandbox", {})
def reset(call: Call) -> Answer:
    check_whole(call)
    check_sandbox(call)
    reset_sandbox(call.workspace, actor=call.actor, now=call.now)
    attempt = CodeAttempt.objects.create(
        workspace=call.workspace, type=CodeAttemptType.RESET_SANDBOX, requested_by=call.actor[:200]
    )
    return {"action_attempt": show_code_attempt(attempt, now=call.now)}


def show_workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace_id": str(workspace.public_id),
        "name": workspace.name,
        "company_name": workspace.name,
        "connect_partner_name": workspace.name,
        "is_sandbox": workspace.is_sandbox,
        "is_suspended": False,
        "publishable_key": None,
        "is_publishable_key_auth_enabled": False,
        "connect_webview_customization": {
            "inviter_logo_url": None,
            **{name: workspace.webview_look.get(name) for name in looks.NAMES},
        },
        "organization_id": None,
    }
