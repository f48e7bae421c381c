"""Lists in pages, what is in them, how often they ask the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import AccessCode
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.codes import DAY, make_code, told
from tests.access.seam.conftest import Face
from tests.factories import make_device

pytestmark = pytest.mark.django_db


def test_list_pages_follow_one_another(face: Face, device: Device) -> None:
    made = [make_code(face, device)["access_code_id"] for _ in range(3)]
    query = f"device_id={device.public_id}&limit=2"
    first = face.get("access_codes/list", query)
    page = first["pagination"]
    assert page["has_next_page"] is True
    second = face.get("access_codes/list", f"{query}&page_cursor={page['next_page_cursor']}")
    assert second["pagination"]["has_next_page"] is False
    listed = [code["access_code_id"] for one in (first, second) for code in one["access_codes"]]
    assert listed == made
    assert page["next_page_url"].endswith(f"page_cursor={page['next_page_cursor'].replace('=', '%3D')}")
    mixed = face.send(
        "GET",
        "access_codes/list",
        query=f"device_id={device.public_id}&limit=1&page_cursor={page['next_page_cursor']}",
    )
    assert mixed.json()["error"]["type"] == "mismatched_page_parameters"
    broken = face.send("GET", "access_codes/list", query=f"{query}&page_cursor=nonsense")
    assert broken.json()["error"]["type"] == "invalid_input"


def test_list_takes_arrays_in_each_notation(face: Face, device: Device) -> None:
    ids = [make_code(face, device)["access_code_id"] for _ in range(2)]
    for query in (
        f"access_code_ids={ids[0]}&access_code_ids={ids[1]}",
        f"access_code_ids[]={ids[0]}&access_code_ids[]={ids[1]}",
        f"access_code_ids={ids[0]},{ids[1]}",
    ):
        assert len(face.get("access_codes/list", query)["access_codes"]) == 2
    assert face.get("access_codes/list", "access_code_ids=")["access_codes"] == []
    strict = face.send("GET", "access_codes/list", query=f"access_code_ids={ids[0]},{ids[1]}&_strict=true")
    assert strict.status_code == 400


def test_list_needs_to_know_of_what(face: Face) -> None:
    status, error = face.error("access_codes/list")
    assert (status, error["type"]) == (400, "invalid_input")


def test_pool_codes_are_not_listed(face: Face, device: Device) -> None:
    make_code(face, device)
    AccessCode.objects.update(is_backup=True)
    assert face.post("access_codes/list", device_id=str(device.public_id))["access_codes"] == []


def test_reported_lengths_are_kept(face: Face, device: Device) -> None:
    assert face.post(
        "access_codes/report_device_constraints", device_id=str(device.public_id), supported_code_lengths=[8]
    ) == {"ok": True}
    generated = face.get("access_codes/generate_code", f"device_id={device.public_id}")["generated_code"]
    assert generated["device_id"] == str(device.public_id)
    assert len(generated["code"]) == 8
    status, error = face.error("access_codes/report_device_constraints", device_id=str(device.public_id))
    assert (status, error["type"]) == (400, "invalid_input")
    bad = face.error(
        "access_codes/report_device_constraints", device_id=str(device.public_id), min_code_length=3
    )
    assert bad[0] == 400


def test_backup_refusals(face: Face, device: Device) -> None:
    now = timezone.now()
    ongoing = make_code(face, device)["access_code_id"]
    status, error = face.error("access_codes/pull_backup_access_code", access_code_id=ongoing)
    assert (status, error["type"]) == (400, "access_code_not_time_bound")
    bound = make_code(face, device, starts_at=told(now), ends_at=told(now + DAY))["access_code_id"]
    status, error = face.error("access_codes/pull_backup_access_code", access_code_id=bound)
    assert (status, error["type"]) == (404, "backup_access_code_not_found")


@pytest.mark.parametrize("path", ["access_codes/list", "action_attempts/list", "access_codes/unmanaged/list"])
def test_lists_ask_the_database_a_fixed_number_of_times(face: Face, workspace: Workspace, path: str) -> None:
    def queries(number: int) -> int:
        device = make_device(workspace, brand="august")
        for index in range(number):
            face.post(
                "access_codes/simulate/create_unmanaged_access_code",
                device_id=str(device.public_id),
                name=f"Hand {index}",
                code=f"83{index}4",
            )
            make_code(face, device)
        face.post(path, device_id=str(device.public_id))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = face.post(path, device_id=str(device.public_id))
        rows = next(value for key, value in answer.items() if isinstance(value, list))
        assert len(rows) == number
        return len(captured)

    assert queries(1) == queries(3)


def test_get_and_create_stay_lean(face: Face, device: Device) -> None:
    code = make_code(face, device)
    face.post("access_codes/get", access_code_id=code["access_code_id"])
    with CaptureQueriesContext(connection) as got:
        face.post("access_codes/get", access_code_id=code["access_code_id"])
    assert len(got) <= 5
    with CaptureQueriesContext(connection) as made:
        make_code(face, device)
    assert len(made) <= 30
