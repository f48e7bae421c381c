"""Unmanaged codes, their conversion, and the package's other methods about codes, over HTTP."""

from __future__ import annotations

import pytest
from django.utils import timezone
from seam.exceptions import SeamHttpApiError

from access.enums import EventType
from access.models import Event
from locks.drivers.virtual.outside import add_foreign_code
from properties.models import Workspace
from tests.access.seam.stage import Stage, brand
from tests.factories import make_device

pytestmark = pytest.mark.django_db(transaction=True)


def test_unmanaged_code_is_listed_converted_and_let_go(stage: Stage) -> None:
    add_foreign_code(stage.lock, pin="6174", name="Neighbour")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert (found.code, found.name, found.status, found.type) == ("6174", "Neighbour", "set", "ongoing")
    assert (found.is_managed, found.cannot_be_managed) == (False, None)
    assert list(stage.seam.access_codes.list(device_id=stage.device_id)) == []
    same = stage.seam.access_codes.unmanaged.get(device_id=stage.device_id, code="6174")
    assert same.access_code_id == found.access_code_id
    stage.seam.access_codes.unmanaged.convert_to_managed(access_code_id=found.access_code_id)
    code = stage.seam.access_codes.get(access_code_id=found.access_code_id)
    assert (code.status, code.code, code.is_managed) == ("set", "6174", True)
    assert stage.attempt("CONVERT_ACCESS_CODE_TO_MANAGED").status == "success"
    stage.run()
    assert list(stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)) == []
    # The package has no such parameter any more; the documents do.
    stage.seam.client.patch(
        "/access_codes/update", json={"access_code_id": code.access_code_id, "is_managed": False}
    )
    stage.run()
    [left] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert left.access_code_id == found.access_code_id
    assert stage.opens("6174")
    stage.seam.access_codes.unmanaged.update(
        access_code_id=left.access_code_id, is_managed=True, allow_external_modification=True
    )
    assert stage.seam.access_codes.get(access_code_id=left.access_code_id).is_external_modification_allowed


def test_unmanaged_code_is_deleted(stage: Stage) -> None:
    add_foreign_code(stage.lock, pin="6174", name="Neighbour")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    stage.seam.access_codes.unmanaged.delete(access_code_id=found.access_code_id)
    stage.seam.access_codes.unmanaged.delete(access_code_id=found.access_code_id)
    assert stage.attempt("DELETE_UNMANAGED_ACCESS_CODE").status == "pending"
    stage.run()
    assert stage.attempt("DELETE_UNMANAGED_ACCESS_CODE").status == "success"
    assert not stage.opens("6174")
    with pytest.raises(SeamHttpApiError) as gone:
        stage.seam.access_codes.unmanaged.get(access_code_id=found.access_code_id)
    assert gone.value.code == "access_code_not_found"


def test_simulated_unmanaged_code_is_there_at_once(stage: Stage) -> None:
    made = stage.seam.access_codes.simulate.create_unmanaged_access_code(
        device_id=stage.device_id, name="Typed in", code="8246"
    )
    assert (made.is_managed, made.code) == (False, "8246")
    assert stage.opens("8246")
    stage.run()
    [found] = stage.seam.access_codes.unmanaged.list(device_id=stage.device_id)
    assert found.access_code_id == made.access_code_id
    assert Event.objects.filter(type=EventType.FOREIGN_CREATED).count() == 1


@brand("igloohome")
def test_code_of_a_brand_that_cannot_convert(stage: Stage) -> None:
    made = stage.seam.access_codes.simulate.create_unmanaged_access_code(
        device_id=stage.device_id, name="Typed in", code="824613"
    )
    assert made.cannot_be_managed is True
    with pytest.raises(SeamHttpApiError) as refused:
        stage.seam.access_codes.unmanaged.convert_to_managed(access_code_id=made.access_code_id)
    assert (refused.value.code, refused.value.status_code) == ("unsupported_device", 400)
    assert Event.objects.filter(type=EventType.FOREIGN_NOT_CONVERTED).exists()


@brand("kwikset")
def test_simulation_on_a_brand_without_unmanaged_codes(stage: Stage) -> None:
    with pytest.raises(SeamHttpApiError) as refused:
        stage.seam.access_codes.simulate.create_unmanaged_access_code(
            device_id=stage.device_id, name="Typed in", code="8246"
        )
    assert refused.value.code == "device_type_not_supported"


def test_all_methods_of_the_package(stage: Stage, workspace: Workspace) -> None:
    """Those that no story above calls, and the paginator."""
    other = make_device(workspace, brand="august", now=timezone.now())
    both = stage.seam.access_codes.create_multiple(
        device_ids=[stage.device_id, str(other.public_id)], name="Both", preferred_code_length=5
    )
    assert both[0].code == both[1].code
    stage.seam.access_codes.update_multiple(common_code_key=both[0].common_code_key or "", name="Renamed")
    generated = stage.seam.access_codes.generate_code(device_id=stage.device_id)
    assert generated.code
    stage.seam.access_codes.report_device_constraints(
        device_id=stage.device_id, min_code_length=4, max_code_length=6
    )
    for _ in range(3):
        stage.create()
    pages = stage.seam.create_paginator(
        stage.seam.access_codes.list, {"device_id": stage.device_id, "limit": 3}
    )
    assert len(list(pages.flatten())) == 4
    attempts = stage.seam.create_paginator(
        stage.seam.action_attempts.list, {"device_id": stage.device_id, "limit": 2}
    )
    flat = list(attempts.flatten())
    assert [one.action_type for one in flat] == ["CREATE_ACCESS_CODE", "UPDATE_ACCESS_CODE"] + [
        "CREATE_ACCESS_CODE"
    ] * 3
    one = stage.seam.action_attempts.get(action_attempt_id=flat[0].action_attempt_id)
    assert one.action_attempt_id == flat[0].action_attempt_id


def test_waiting_for_an_attempt(stage: Stage) -> None:
    stage.create(code="4829")
    stage.run()
    attempt = stage.attempt("CREATE_ACCESS_CODE")
    done = stage.seam.action_attempts.get(
        action_attempt_id=attempt.action_attempt_id, wait_for_action_attempt=True
    )
    assert done.status == "success"
