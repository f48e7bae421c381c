"""A house whose guest has a pass; the clock is moved by hand, and the lock's keypad is the oracle."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access.models import GuestPass
from access.passes.links import ensure_pass
from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import make_stay
from tests.stack.conftest import travel
from tests.stack.house import House, build_house

__all__ = ["travel"]

ADDRESS = "Hafenstrasse 7, 8005 Zürich"


@dataclass
class Guest:
    """A guest with a phone: knows the link and nothing else."""

    house: House
    stay: Stay
    client: Client
    language: str = "en"

    @property
    def guest_pass(self) -> GuestPass:
        return GuestPass.objects.get(stay=self.stay, revoked_at=None)

    def link(self, name: str = "pass", *more: object) -> str:
        return reverse(name, args=[self.guest_pass.token, *more])

    def get(self, name: str = "pass", **query: str) -> Any:
        return self.client.get(self.link(name), query, headers={"Accept-Language": self.language})

    def post(self, name: str, *more: object) -> Any:
        return self.client.post(self.link(name, *more), headers={"Accept-Language": self.language})

    def pin_shown(self) -> str:
        answer = self.post("pass-code")
        assert answer.status_code == 200
        return shown_pins(answer)[0]


def shown_pins(answer: Any) -> list[str]:
    return re.findall(r'<output class="pin" id="pin-\d+">(\d+)</output>', answer.content.decode())


@pytest.fixture
def house(transactional_db: None, travel: time_machine.Traveller) -> House:
    return build_house(travel, address=ADDRESS, buffer_before=30, guest_contact="Ana, +41 44 668 18 00")


@pytest.fixture
def guest(house: House) -> Guest:
    """Arrives on Friday 5 March at 15:00 in Zurich."""
    stay = make_stay(house.unit, guest=GuestDetails(name="Imogen Varga"))
    # The announcement comes after the commit, of which a test has none.
    ensure_pass(stay, now=dt.datetime.now(dt.UTC))
    return Guest(house, stay, Client())
