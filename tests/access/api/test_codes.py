"""Access codes: who has which, on which door, until when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.api.access_keys import STATUS_OF
from access.models import AccessCode
from access.pins import pin_key_of
from access.states import CodeState
from locks.models import Door
from tests.factories import virtual_door
from tests.world import LOOSE_PIN, PIN, World, make_world

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/access-codes/"


@pytest.fixture
def world() -> World:
    return make_world("ONE", now=timezone.now())


@pytest.fixture
def api(world: World, api_of: Any) -> APIClient:
    client: APIClient = api_of(world.workspace)
    return client


def listed(api: APIClient, **query: Any) -> list[str]:
    answer = api.get(ADDRESS, query)
    assert answer.status_code == 200, answer.json()
    return [code["id"] for code in answer.json()["results"]]


def test_code_of_a_reservation_tells_everything(api: APIClient, world: World) -> None:
    shown = api.get(f"{ADDRESS}{world.code.public_id}").json()
    assert shown["reservation"] == {
        "id": str(world.stay.public_id), "source": world.stay.source, "external_id": world.stay.external_id,
    }  # fmt: skip
    assert (shown["kind"], shown["staff_access"], shown["door_id"]) == (
        "reservation", None, str(world.door.public_id),
    )  # fmt: skip
    assert (shown["device"], shown["property"]) == (str(world.device.public_id), str(world.place.public_id))
    assert (shown["code"], shown["code_hidden"], shown["ended_at"]) == (PIN, None, None)
    assert dt.datetime.fromisoformat(shown["active_from"]) == world.stay.starts_at


def test_codes_are_filtered(api: APIClient, world: World) -> None:
    own, loose = str(world.code.public_id), str(world.loose_code.public_id)
    staff = [str(code.public_id) for code in AccessCode.objects.filter(grant__staff=world.holder)]
    gone = [str(code.public_id) for code in AccessCode.objects.exclude(ended_at=None)]
    assert set(listed(api)) == {own, loose, *staff}
    assert listed(api, kind="reservation") == [own]
    assert listed(api, kind="other") == [loose]
    assert listed(api, kind="staff") == staff
    assert listed(api, reservation=str(world.stay.public_id)) == [own]
    assert listed(api, staff_access=str(world.holder.public_id)) == staff
    assert set(listed(api, door=str(world.door.public_id))) == {own, loose, *staff}
    assert listed(api, ended="true") == gone
    before = world.stay.starts_at.isoformat()
    assert listed(api, starting_before=before, kind="reservation") == []
    assert listed(api, ending_after=before, kind="reservation") == [own]


def test_codes_are_paged_lock_by_lock(api: APIClient, world: World) -> None:
    other = virtual_door(world.place, name="Entrance", now=timezone.now())
    for device in (other.device, world.device, other.device):
        AccessCode.objects.create(device=device, name="x")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = api.get(ADDRESS, {"limit": "2", **cursor}).json()
        seen += [code["id"] for code in answer["results"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"].rsplit("cursor=")[1].split("&")[0]}
    wanted = AccessCode.objects.filter(ended_at=None).order_by("device_id", "pk")
    shown = [str(code.public_id) for code in wanted if not code.is_backup]
    assert seen == shown
    assert len(seen) == len(set(seen)) >= 5


def test_pool_of_a_lock_is_not_listed(api: APIClient, world: World) -> None:
    AccessCode.objects.filter(pk=world.loose_code.pk).update(is_backup=True)
    assert str(world.loose_code.public_id) not in listed(api)
    assert api.get(f"{ADDRESS}{world.loose_code.public_id}").status_code == 404


def test_code_that_is_to_go_shows_no_pin(api: APIClient, world: World) -> None:
    AccessCode.objects.filter(pk=world.code.pk).update(revoked_at=timezone.now())
    shown = api.get(f"{ADDRESS}{world.code.public_id}").json()
    assert (shown["code"], shown["code_hidden"]) == (None, None)


def test_code_of_a_lock_that_is_nobodys_door_is_told(api: APIClient, world: World) -> None:
    Door.objects.filter(pk=world.door.pk).delete()
    shown = api.get(f"{ADDRESS}{world.loose_code.public_id}").json()
    assert (shown["door"], shown["door_id"], shown["property"]) == ("ONE device", None, None)
    assert shown["code"] == LOOSE_PIN


@pytest.mark.parametrize(
    "query", [{"starting_before": "2031-01-01"}, {"kind": "guest"}, {"ended": "perhaps"}, {"pin": PIN}]
)
def test_bad_filter_is_422(query: dict[str, str], api: APIClient) -> None:
    answer = api.get(ADDRESS, query)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, list(query))


def test_keys_for_writing_back_have_the_known_shape(api: APIClient, world: World) -> None:
    stay = world.stay
    address = f"/api/v1/reservations/{stay.source}/{stay.external_id}/access-keys"
    keys = [key for key in api.get(address).json()["results"] if key["status"] != "deleted"]
    assert keys == [
        {
            "keyId": str(world.code.public_id),
            "propertyId": str(world.place.public_id),
            "reservationId": stay.external_id,
            "subReservationId": None,
            "source": stay.source,
            "rooms": [{"id": str(world.door.public_id), "name": "ONE door"}],
            "commonRooms": [],
            "startDateTime": keys[0]["startDateTime"],
            "endDateTime": keys[0]["endDateTime"],
            "keyType": "access_code",
            "keyCode": PIN,
            "externalId": str(stay.public_id),
            "status": "processing",
            "errorMessage": None,
        }
    ]
    everything = api.get("/api/v1/access-keys/").json()["results"]
    assert [key for key in everything if key["status"] != "deleted"] == keys
    assert api.get("/api/v1/access-keys/", {"source": "other"}).json()["results"] == []


def test_every_state_is_a_status_and_doubt_is_never_success() -> None:
    assert set(STATUS_OF) == set(CodeState)
    assert STATUS_OF[CodeState.UNKNOWN] == STATUS_OF[CodeState.REMOVE_FAILED] == "failed"
    assert STATUS_OF[CodeState.REMOVAL_UNKNOWN] == "failed"
    assert {state for state, status in STATUS_OF.items() if status == "completed"} == {
        CodeState.SCHEDULED, CodeState.ACTIVE, CodeState.BACKUP,
    }  # fmt: skip


def test_key_fails_where_one_of_its_doors_fails(api: APIClient, world: World) -> None:
    AccessCode.objects.filter(pk=world.code.pk).update(
        write_state="rejected", seen="absent", stopped="no_pin_fits", message="Refused.", failures=5
    )
    key = api.get("/api/v1/access-keys/").json()["results"][-1]
    assert key["status"] == "failed"
    assert key["errorMessage"]


def test_key_is_deleted_once_its_code_is_gone(api: APIClient, world: World) -> None:
    AccessCode.objects.update(revoked_at=timezone.now(), ended_at=timezone.now())
    keys = api.get("/api/v1/access-keys/").json()["results"]
    assert {key["status"] for key in keys} == {"deleted"}
    assert {key["keyCode"] for key in keys} == {None}


def test_pin_of_another_door_is_a_key_of_its_own(api: APIClient, world: World) -> None:
    entrance = virtual_door(world.place, name="Entrance", now=timezone.now())
    same = AccessCode.objects.create(
        device=entrance.device, grant=world.grant, pin=PIN, pin_key=pin_key_of(PIN),
        starts_at=world.stay.starts_at, ends_at=world.stay.ends_at,
    )  # fmt: skip
    keys = [k for k in api.get("/api/v1/access-keys/").json()["results"] if k["status"] != "deleted"]
    assert [[room["name"] for room in key["commonRooms"]] for key in keys] == [["Entrance"]]
    AccessCode.objects.filter(pk=same.pk).update(pin="4711", pin_key=pin_key_of("4711"))
    keys = [k for k in api.get("/api/v1/access-keys/").json()["results"] if k["status"] != "deleted"]
    assert sorted(key["keyCode"] for key in keys) == ["4711", PIN]
