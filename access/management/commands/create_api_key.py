"""Make an API key for a workspace, and the workspace too where there is none; the key is printed this once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from access.api_keys import create_key
from properties.models import Workspace

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Make an API key for a workspace (made too where there is none) and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name.")
        parser.add_argument("--name", default="Command line", help="What the key is for; history shows it.")
        parser.add_argument("--sandbox", action="store_true", help="Make a new workspace a sandbox.")
        parser.add_argument("--json", action="store_true", help="Print key and ids as JSON, for scripts.")

    @transaction.atomic
    def handle(self, *args: Any, workspace: str, name: str, sandbox: bool, **options: Any) -> None:
        place, made = find_or_make(workspace, sandbox=sandbox)
        key, secret = create_key(place, name=name)
        if options["json"]:
            shown = {
                "api_key": secret,
                "key_id": str(key.public_id),
                "workspace_id": str(place.public_id),
                "workspace_name": place.name,
                "is_sandbox": place.is_sandbox,
                "workspace_created": made,
            }
            self.stdout.write(json.dumps(shown))
            return
        self.stdout.write(f"{'New workspace' if made else 'Workspace'}: {place.name}")
        self.stdout.write(f"Key “{name}”, shown only now: {secret}")


def find_or_make(name: str, *, sandbox: bool) -> tuple[Workspace, bool]:
    found = list(Workspace.objects.filter(name=name)[:2])
    if len(found) > 1:
        raise CommandError(f"There are several workspaces named {name}; rename one in the admin first.")
    if not found:
        return Workspace.objects.create(name=name, is_sandbox=sandbox), True
    if sandbox and not found[0].is_sandbox:
        raise CommandError(f"The workspace {name} exists and is no sandbox; choose another name.")
    return found[0], False
