"""Make an API key for a workspace, and the workspace too where there is none; the key is printed this once."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from access.api_keys import KeyRefused, create_key
from access.enums import Scope
from properties.models import Property, Workspace

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from access.models import ApiKey


class Command(BaseCommand):
    help = "Make an API key for a workspace (made too where there is none) and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name.")
        parser.add_argument("--name", default="Command line", help="What the key is for; history shows it.")
        parser.add_argument("--sandbox", action="store_true", help="Make a new workspace a sandbox.")
        parser.add_argument(
            "--scopes", help=f"Some of {', '.join(Scope.values)}, with commas between; all where left out."
        )
        parser.add_argument(
            "--property",
            action="append",
            dest="properties",
            metavar="NAME",
            help="The key sees this property only; once for each. All where left out.",
        )
        parser.add_argument("--expires", type=int, metavar="DAYS", help="Days until the key ends by itself.")
        parser.add_argument("--rate", default="", help="Calls, such as 600/min; the usual where left out.")
        parser.add_argument("--json", action="store_true", help="Print key and ids as JSON, for scripts.")

    @transaction.atomic
    def handle(self, *args: Any, workspace: str, name: str, sandbox: bool, **options: Any) -> None:
        place, made = find_or_make(workspace, sandbox=sandbox)
        key, secret = make_key(place, name=name, **options)
        if options["json"]:
            shown = {
                "api_key": secret,
                "key_id": str(key.public_id),
                "workspace_id": str(place.public_id),
                "workspace_name": place.name,
                "is_sandbox": place.is_sandbox,
                "workspace_created": made,
                "scopes": key.scopes,
            }
            self.stdout.write(json.dumps(shown))
            return
        self.stdout.write(f"{'New workspace' if made else 'Workspace'}: {place.name}")
        self.stdout.write(f"Key “{name}”, shown only now: {secret}")


def make_key(
    workspace: Workspace,
    *,
    name: str,
    scopes: str | None,
    properties: Sequence[str] | None,
    expires: int | None,
    rate: str,
    **_: Any,
) -> tuple[ApiKey, str]:
    if expires is not None and expires < 1:
        raise CommandError("A key lives for a day at least; give --expires a number of days.")
    try:
        return create_key(
            workspace,
            name=name,
            scopes=None if scopes is None else [one.strip() for one in scopes.split(",") if one.strip()],
            properties=None if properties is None else find_properties(workspace, properties),
            expires_at=None if expires is None else timezone.now() + dt.timedelta(days=expires),
            rate=rate,
        )
    except KeyRefused as refused:
        raise CommandError(str(refused)) from refused


def find_properties(workspace: Workspace, names: Sequence[str]) -> list[Property]:
    found = {one.name: one for one in Property.objects.in_workspace(workspace).filter(name__in=names)}
    missing = sorted(set(names) - found.keys())
    if missing:
        raise CommandError(f"The workspace {workspace.name} has no property named {', '.join(missing)}.")
    return list(found.values())


def find_or_make(name: str, *, sandbox: bool) -> tuple[Workspace, bool]:
    found = list(Workspace.objects.filter(name=name)[:2])
    if len(found) > 1:
        raise CommandError(f"There are several workspaces named {name}; rename one in the admin first.")
    if not found:
        return Workspace.objects.create(name=name, is_sandbox=sandbox), True
    if sandbox and not found[0].is_sandbox:
        raise CommandError(f"The workspace {name} exists and is no sandbox; choose another name.")
    return found[0], False
