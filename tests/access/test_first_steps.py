from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from access.declaring import declare_stay
from access.first_steps import first_steps
from access.models import AccessCode
from properties.enums import Role
from properties.models import Workspace
from tests.factories import (
    NOW,
    make_device,
    make_member,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def state_of(workspace: Workspace) -> list[bool]:
    return [step.is_done for step in first_steps(workspace)]


def test_each_step_is_done_in_its_turn_and_leads_to_a_page_that_is_there() -> None:
    workspace = make_workspace()
    client = signed_in(make_member(workspace))
    seen = []

    def look() -> None:
        steps = first_steps(workspace)
        seen.append(sum(step.is_done for step in steps))
        for step in steps:
            for url, _ in step.links:
                assert client.get(url).status_code == 200, url

    look()
    place = make_property(workspace)
    look()
    unit = make_unit(place)
    look()
    make_device(workspace)
    look()
    virtual_door(unit)
    look()
    stay = make_stay(unit, arrival_date=NOW.date() + dt.timedelta(days=1))
    declare_stay(stay.pk, now=NOW)
    look()

    assert seen == [0, 1, 2, 3, 4, 5]


def test_first_working_code_ends_it() -> None:
    unit = make_unit()
    workspace = unit.property.workspace
    virtual_door(unit)
    stay = make_stay(unit, arrival_date=NOW.date() + dt.timedelta(days=1))
    declare_stay(stay.pk, now=NOW)
    assert state_of(workspace) == [True] * 5 + [False]

    AccessCode.objects.update(confirmed_at=NOW)
    assert first_steps(workspace) == []


def test_codes_of_another_workspace_or_of_a_pool_are_no_first_code() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    AccessCode.objects.create(device=door.device, name="pool", is_backup=True, confirmed_at=NOW)

    assert state_of(unit.property.workspace) == [True, True, True, True, False, False]
    assert state_of(make_workspace()) == [False] * 6


def test_staff_sees_the_steps_without_buttons() -> None:
    workspace = make_workspace()
    client: Client = signed_in(make_member(workspace, Role.STAFF))
    page = client.get("/").content.decode()

    assert "From an empty workspace to the first working code" in page
    assert 'id="step-' not in page
