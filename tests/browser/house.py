"""A whole workspace to walk through, and everyone who walks: for the checks that judge every page.

A house with an engine behind it (`Home`: a lock that holds a guest's code now) and, in the same workspace, one row of
everything (tests/world.py). `build_house` is called where the database may be written; `sessions` gives each visitor
of it a signed-in test client, whose cookie a browser can take over (tests/browser/walking.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.connecting.webviews import WebviewDetails, create_webview
from access.models import GuestPass, PersonalToken
from properties.booking import cancel_stay
from properties.enums import CancelReason, Role
from properties.models import User
from tests.browser.conftest import PASSWORD, Home, build_home
from tests.factories import make_member, make_stay, make_workspace
from tests.world import World, make_world

if TYPE_CHECKING:
    from access.models import ConnectWebview

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class House:
    home: Home
    world: World
    newcomer: User  # of a workspace where nothing is yet
    desk: User  # staff: may look
    stranger: User  # a member of no workspace
    tokens: dict[str, str]  # of guest passes, by what they show
    webviews: dict[str, ConnectWebview]
    reset: dict[str, str]  # what a link of a forgotten password is made of

    @property
    def owner(self) -> User:
        return self.home.owner


def build_house() -> House:
    now = timezone.now()
    home = build_home()
    workspace = home.stay.workspace
    User.objects.filter(pk=home.owner.pk).update(is_staff=True, is_superuser=True)
    world = make_world("Quay", now=now, workspace=workspace)
    # A token is looked at by whose it is.
    PersonalToken.objects.filter(pk=world.token.pk).update(user=home.owner)
    newcomer = make_member(make_workspace("Bare"), email="newcomer@example.org")
    return House(
        home,
        world,
        newcomer,
        make_member(workspace, Role.STAFF, email="desk@example.org"),
        User.objects.create_user("stranger@example.org", PASSWORD),
        {"before": str(world.told.guest_pass.token), **_more_passes(home, now)},
        {
            name: create_webview(make_workspace(name, is_sandbox=True), WebviewDetails())
            for name in ("new", "used")
        },
        {"uidb36": user_pk_to_url_str(newcomer), "key": default_token_generator.make_token(newcomer)},
    )


def _more_passes(home: Home, now: dt.datetime) -> dict[str, str]:
    off = make_stay(
        home.stay.unit,
        external_id="off",
        arrival_date=now.date() + 9 * DAY,
        departure_date=now.date() + 12 * DAY,
        now=now,
    )
    token = str(GuestPass.objects.get(stay=off).token)
    cancel_stay(off, reason=CancelReason.PERSON, actor="test", now=now)
    return {"inside": str(GuestPass.objects.get(stay=home.stay).token), "cancelled": token}


def sessions(house: House) -> dict[str, Client]:
    """Everyone who asked for the password lately; the owner has a second factor, and is also seen before giving it."""
    found = {"nobody": Client()}
    for name in ("owner", "newcomer", "desk", "stranger"):
        found[name] = Client()
        found[name].force_login(getattr(house, name))
        found[name].post(reverse("account_reauthenticate"), {"password": PASSWORD})
    TOTP.activate(house.owner, generate_totp_secret())
    RecoveryCodes.activate(house.owner)
    found["halfway"] = Client()
    found["halfway"].post(reverse("account_login"), {"login": house.owner.email, "password": PASSWORD})
    return found
