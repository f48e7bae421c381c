"""Backup codes on pages and over REST: never before they are pulled, and marked as what they are."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.api_keys import create_key
from access.backups import fill_pool, pull_backup
from access.backups.pool import in_pool
from access.boards import board_of
from access.device_pages import code_lines
from access.models import AccessCode
from properties.models import Stay
from tests.access.backups.test_pulling import book, own_code, ready
from tests.factories import make_member
from tests.pages import signed_in, text_of
from tests.stack.house import House

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(house: House) -> Client:
    return signed_in(make_member(house.unit.property.workspace))


def pool_pins() -> set[str]:
    return {code.pin for code in AccessCode.objects.filter(in_pool()) if code.pin is not None}


def stay_page(owner: Client, stay: Stay) -> str:
    return owner.get(reverse("stay-detail", args=[stay.public_id])).content.decode()


def test_page_of_the_lock_tells_of_the_pool_and_not_of_its_codes(owner: Client, house: House) -> None:
    ready(house)
    device = house.doors[0].device
    page = owner.get(reverse("device-detail", args=[device.public_id]))
    text = text_of(page)
    assert "5 of 5 ready" in text
    assert code_lines(device, now=timezone.now()) == []
    assert not any(pin in text for pin in pool_pins())


def test_pool_is_switched_off_and_on_by_a_manager(owner: Client, house: House) -> None:
    device = house.doors[0].device
    fill_pool(device, now=timezone.now())
    address = reverse("device-backups", args=[device.public_id])

    owner.post(address, {"on": "no"})
    assert not pool_pins()
    assert "Keep backup codes" in text_of(owner.get(reverse("device-detail", args=[device.public_id])))

    owner.post(address, {"on": "yes"})
    assert len(pool_pins()) == 5


def test_backup_is_given_by_hand_shown_as_backup_and_told_of_on_the_board(
    owner: Client, house: House
) -> None:
    ready(house)
    stay = book(house)
    house.at(stay.starts_at)
    owner.post(reverse("code-backup", args=[own_code(stay).public_id]))
    backup = AccessCode.objects.get(pulled_for=own_code(stay))
    assert backup.pin is not None
    assert backup.pin not in stay_page(owner, stay)

    shown = text_of(owner.post(reverse("stay-reveal", args=[stay.public_id])))
    assert f"{backup.pin} backup" in shown
    assert (own_code(stay).pin or "") in shown
    assert not any(pin in shown for pin in pool_pins())
    needs = board_of(house.unit.property.workspace, now=timezone.now()).needs
    assert any("backup code" in need.cause for need in needs.rows)


def test_report_by_hand_is_answered_with_what_happens(owner: Client, house: House) -> None:
    stay = book(house)
    answer = owner.post(reverse("stay-code-fails", args=[stay.public_id]), follow=True)
    assert "not meant to open yet" in text_of(answer)
    house.at(stay.starts_at)
    answer = owner.post(reverse("stay-code-fails", args=[stay.public_id]), follow=True)
    assert "read anew" in text_of(answer)
    assert "The guest says that the code does not work." in text_of(owner.get(reverse("board")))
    page = stay_page(owner, stay)
    assert "The guest says that the code does not work." in page
    assert "Give a backup code" in page


def test_rest_lists_the_backup_beside_the_own_code_without_digits(house: House) -> None:
    ready(house)
    stay = book(house)
    workspace = house.unit.property.workspace
    pull_backup(own_code(stay), actor="test", now=timezone.now())
    _, secret = create_key(workspace, name="test", scopes=["read"])
    answer = Client().get(
        reverse("api:reservation-detail", args=[stay.source, stay.external_id]),
        headers={"Authorization": f"Bearer {secret}"},
    )
    doors = answer.json()["access"]["doors"]
    assert [door["is_backup"] for door in doors] == [False, True]
    assert [door["code"] for door in doors] == [None, None]
