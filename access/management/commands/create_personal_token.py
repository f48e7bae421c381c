"""Make a personal token for somebody who signs in here; it is printed this once."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.personal_tokens import create_token
from properties.models import User

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Make a personal token, which acts as its person in all their workspaces, and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="Of the person; see createsuperuser.")
        parser.add_argument("--name", default="Command line", help="Where it is used; history shows it.")
        parser.add_argument("--expires", type=int, metavar="DAYS", help="Days until it ends by itself.")
        parser.add_argument("--json", action="store_true", help="Print it as JSON, for scripts.")

    def handle(self, *args: Any, email: str, name: str, expires: int | None, **options: Any) -> None:
        if expires is not None and expires < 1:
            raise CommandError("A token lives for a day at least; give --expires a number of days.")
        user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}. Make the person first, with createsuperuser.")
        now = timezone.now()
        expires_at = None if expires is None else now + dt.timedelta(days=expires)
        token, secret = create_token(user, name=name, expires_at=expires_at, now=now)
        if options["json"]:
            shown = {"personal_access_token": secret, "name": token.name, "email": user.email}
            self.stdout.write(json.dumps(shown))
            return
        self.stdout.write(f"Token “{token.name}” of {user.email}, shown only now: {secret}")
