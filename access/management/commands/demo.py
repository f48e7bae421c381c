"""`manage.py demo`: the product on sample calendars, from nothing to a page to sign in to. `make demo` runs it."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.demo.bookings import PLANS, book, is_booked
from access.demo.feed_server import serving
from access.demo.goings_on import live_through
from access.demo.portfolio import EMAIL, demo_workspace, ensure_portfolio
from access.management.commands.run import add_address, address, check_port, find_port, run_together
from access.processes import Child
from properties.models import User

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

FEED_PORT = 8799


class Command(BaseCommand):
    help = "Runs Keyturn on sample calendars and virtual locks, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        add_address(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo makes a user and feeds of its own: unset KEYTURN_ENV to run it.")
        host, port = options["host"], options["port"]
        stay_on_this_machine(address(host, port))
        check_port(host, port)
        feed_port = find_port(FEED_PORT)
        kept = keep_demo(Path(settings.VAR_DIR) / "demo.json")
        self.say("database")
        call_command("migrate", verbosity=0)
        self.say("sample portfolio: seven houses, their locks, guests, calendars and people")
        feed_base = f"http://127.0.0.1:{feed_port}/demo"
        with serving(feed_port, dt.datetime.fromisoformat(kept["anchor"])):
            user = ensure_demo(password=kept["password"], feed_base=feed_base, now=timezone.now())
        self.say("calendars, web server, background work")
        feeds = [sys.executable, "-m", "access.demo.feed_server", str(feed_port), kept["anchor"]]
        password = kept["password"] if user.check_password(kept["password"]) else "(the one you chose)"
        run_together(
            host,
            port,
            also=[Child("calendar server", feeds)],
            ready=lambda: self.greet(address(host, port), password),
        )

    def say(self, stage: str) -> None:
        self.stdout.write(f"== {stage}")
        self.stdout.flush()

    def greet(self, where: str, password: str) -> None:
        self.stdout.write(f"\nKeyturn runs on {where}\n  e-mail    {EMAIL}\n  password  {password}\n")
        self.stdout.write(
            "Some locks fail, as real ones do; the calendars are being read. "
            "Codes reach their locks within a minute. Ctrl-C ends all.\n\n"
        )
        self.stdout.flush()


def stay_on_this_machine(site: str) -> None:
    """What the demo reads and sends leads to its own server, where nothing real may lead; e-mail goes nowhere. The
    children read the same."""
    for name in (
        "KEYTURN_FEEDS_ALLOW_PRIVATE",
        "KEYTURN_ALERTS_ALLOW_PRIVATE",
        "KEYTURN_WEBHOOKS_ALLOW_PRIVATE",
    ):
        setattr(settings, name, True)
        os.environ[name] = "1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    os.environ["EMAIL_URL"] = "dummymail://"
    settings.KEYTURN_PUBLIC_URL = os.environ["KEYTURN_PUBLIC_URL"] = site.rstrip("/")


def ensure_demo(*, password: str, feed_base: str, now: dt.datetime) -> User:
    """Everything that is there before the first calendar is read: five days of it, at the first start. What was killed
    in between is left as it is."""
    user = User.objects.filter(email=EMAIL).first()
    if user is None or demo_workspace(user) is None:
        return live_through(password=password, feed_base=feed_base, now=now)
    user = ensure_portfolio(password=password, feed_base=feed_base, now=now)
    workspace = demo_workspace(user)
    if workspace is not None and not is_booked(workspace, now=now):
        book(workspace, PLANS, actor=user.email, today=now, now=now)
    return user


def keep_demo(path: Path) -> dict[str, str]:
    """When the demo first began, which its dates are relative to, and the password that it printed."""
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        kept = {"anchor": now.isoformat(), "password": secrets.token_urlsafe(9)}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(kept))
    return kept
