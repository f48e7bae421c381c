"""A code that a guest asked for, typed by a person into the form of a stay."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse

from access.declaring import declare_stay
from access.models import AccessCode, AccessGrant
from properties.forms.stays import StayForm
from properties.models import Stay, Unit
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import assert_is_page, text_of
from tests.world import World


@pytest.fixture
def unit(world: World) -> Unit:
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit, brand="yale")
    return unit


def form_of(unit: Unit, stay: Stay | None = None, **typed: str) -> dict[str, str]:
    form = StayForm(workspace=unit.property.workspace, stay=stay)
    values = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else str(value) for name, value in values.items()}
    usual = {
        "arrival_date": "2027-04-10",
        "departure_date": "2027-04-14",
        "kind": "guest",
        "status": "confirmed",
    }
    return {**sent, **({} if stay else usual), "unit": str(unit.pk), **typed}


def pin_of(stay: Stay) -> str | None:
    declare_stay(stay.pk, now=NOW)
    return AccessGrant.objects.get(stay=stay, revoked_at=None).pin


def edit(client: Client, stay: Stay, **typed: str) -> Any:
    return client.post(
        reverse("stay-edit", args=[stay.public_id]), form_of(stay.unit, Stay.objects.get(pk=stay.pk), **typed)
    )


def said_in(answer: Any) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def test_code_that_was_asked_for_is_the_one_declared(owner: Client, unit: Unit) -> None:
    sent = form_of(unit, guest_name="Ines Duarte", preferred_code="482913")
    owner.post(reverse("stay-create"), sent)

    stay = Stay.objects.get(guest__name="Ines Duarte")
    assert pin_of(stay) == "482913"
    assert AccessCode.objects.get(grant__stay=stay, revoked_at=None).pin == "482913"


def test_code_is_changed_later_and_stays_when_something_else_is(owner: Client, unit: Unit) -> None:
    stay = make_stay(unit)
    first = pin_of(stay)

    answer = edit(owner, stay, preferred_code="482913")
    assert "The code that was asked for follows" in said_in(answer)
    assert first != "482913" == pin_of(stay)

    answer = edit(owner, stay, notes="late train")
    assert "the guest keeps theirs" in said_in(answer)
    assert pin_of(stay) == "482913"


def test_code_never_stands_in_the_form_again(owner: Client, unit: Unit) -> None:
    stay = make_stay(unit)
    edit(owner, stay, preferred_code="482913")
    assert pin_of(stay) == "482913"
    assert "482913" not in owner.get(reverse("stay-edit", args=[stay.public_id])).content.decode()


@pytest.mark.parametrize(
    ("wish", "said"),
    [("12", "needs 4 to 6 digits"), ("48291", "needs 6 digits"), ("letters", "may contain digits only")],
)
def test_code_that_no_door_takes_is_refused_with_everything_kept(
    owner: Client, unit: Unit, wish: str, said: str
) -> None:
    if wish == "48291":
        virtual_door(unit, brand="nuki")
    answer = owner.post(reverse("stay-create"), form_of(unit, guest_name="Ines Duarte", preferred_code=wish))
    assert_is_page(answer, status=422)
    page = answer.content.decode()
    assert 'href="#id_preferred_code"' in page
    assert said in text_of(answer)
    assert "Ines Duarte" in page
    assert not Stay.objects.filter(guest__name="Ines Duarte").exists()


def test_code_that_another_guest_has_is_not_given_and_that_is_said(owner: Client, unit: Unit) -> None:
    taken = pin_of(make_stay(unit))
    assert taken is not None
    other = make_stay(unit, arrival_date=NOW.date().replace(year=2028))
    before = pin_of(other)

    with transaction.atomic():
        edit(owner, other, preferred_code=taken)

    assert pin_of(other) == before
    assert AccessGrant.objects.get(stay=other, revoked_at=None).pin_note
