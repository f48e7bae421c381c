"""Pages of codes that belong to no stay."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.codes import NewCode, create_code
from access.enums import EventType
from access.issuing import put_pin
from access.models import AccessCode, AccessGrant, Event
from locks.models import Device
from tests.factories import NOW, make_device, make_property, virtual_door
from tests.pages import HTMX, assert_is_page, text_of
from tests.world import LOOSE_PIN, World

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def device(world: World) -> Device:
    """On a door in Zurich, one hour ahead of UTC in winter."""
    place = make_property(world.workspace, time_zone="Europe/Zurich")
    return virtual_door(place, brand="igloohome", name="Garden").device


def post(client: Client, route: str, row: Device | AccessCode, **data: Any) -> Any:
    return client.post(reverse(route, args=[row.public_id]), data)


def newest(device: Device) -> AccessCode:
    code = device.access_codes.order_by("-pk").first()
    assert code is not None
    return code


def noted_in(answer: Any) -> str:
    value = answer.context["form"]["noted"].value()
    assert value
    return str(value)


def test_lock_page_lists_codes_and_leads_to_a_new_one(owner: Client, staff: Client, world: World) -> None:
    address = reverse("device-detail", args=[world.device.public_id])

    page = text_of(owner.get(address))

    assert "Quay neighbour" in page
    assert "Ongoing" in page
    assert "Add a code" in page
    assert "Add a code" not in text_of(staff.get(address))


def test_ongoing_code_is_added(owner: Client, device: Device) -> None:
    answer = post(owner, "device-code-create", device, name="Neighbour", kind="ongoing", pin="482913")

    code = newest(device)
    assert answer.headers["Location"] == reverse("code-detail", args=[code.public_id])
    assert (code.name, code.pin, code.starts_at) == ("Neighbour", "482913", None)
    assert Event.objects.get(access_code=code).actor == "quay-owner@example.org"


def test_times_are_those_of_the_lock(owner: Client, device: Device) -> None:
    post(
        owner,
        "device-code-create",
        device,
        kind="time_bound",
        starts_at="2027-03-05T15:00",
        ends_at="2027-03-29T11:00",
    )

    code = newest(device)
    assert code.starts_at == dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
    # The clocks have changed by then.
    assert code.ends_at == dt.datetime(2027, 3, 29, 9, tzinfo=dt.UTC)
    assert "72 hours before" in text_of(owner.get(reverse("code-detail", args=[code.public_id])))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "time_bound", "starts_at": "2027-03-05T15:00"}, "both a start and an end"),
        ({"kind": "time_bound"}, "both a start and an end"),
        ({"kind": "offline"}, "both a start and an end"),
        ({"kind": "once"}, "from when the code works once"),
        ({"kind": "ongoing", "pin": "12"}, "needs 4 to 6 digits"),
        ({"kind": "ongoing", "starts_at": "2027-03-05T15:00"}, "no start and no end"),
        (
            {"kind": "time_bound", "starts_at": "soon", "ends_at": "9999-12-31T23:59"},
            "Write a date and a time",
        ),
        ({}, "Say when the code opens"),
        (
            {"kind": "once", "starts_at": "2027-03-05T15:00", "ends_at": "2027-03-06T15:00"},
            "Leave the end empty",
        ),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_is_kept(
    owner: Client, device: Device, data: dict[str, str], sentence: str
) -> None:
    answer = post(owner, "device-code-create", device, name="Typed name", **data)
    if "noted" in answer.context["form"].data:
        answer = post(owner, "device-code-create", device, name="Typed name", **data, noted=noted_in(answer))

    assert_is_page(answer, 422)
    assert sentence in text_of(answer)
    html = answer.content.decode()
    assert all(f'value="{value}"' in html for value in ("Typed name", *data.values()))
    assert not device.access_codes.exists()


def test_offline_code_is_saved_only_after_its_notes_were_shown(owner: Client, device: Device) -> None:
    data = {
        "name": "Plumber",
        "kind": "offline",
        "starts_at": "2027-03-05T15:20",
        "ends_at": "2027-03-08T10:00",
    }

    first = post(owner, "device-code-create", device, **data)
    assert_is_page(first)
    page = text_of(first)
    assert "cannot be changed or taken back" in page
    assert "from 5 Mar 2027, 15:00" in page
    assert "must be used within 24 hours" in page
    assert "Save for good" in page
    assert not device.access_codes.exists()

    changed = post(
        owner, "device-code-create", device, **{**data, "ends_at": "2027-03-09T10:00"}, noted=noted_in(first)
    )
    assert not device.access_codes.exists()
    post(
        owner,
        "device-code-create",
        device,
        **{**data, "ends_at": "2027-03-09T10:00"},
        noted=noted_in(changed),
    )

    code = newest(device)
    assert (code.is_offline, code.pin, code.offline_kind) == (True, None, "hourly")
    page = text_of(owner.get(reverse("code-detail", args=[code.public_id])))
    assert "Offline, hourly" in page
    assert "computing it" in page
    assert "Delete" not in page


def test_form_offers_only_what_the_lock_has(owner: Client, world: World) -> None:
    def kinds(brand: str) -> list[str]:
        lock = make_device(world.workspace, brand=brand)
        form = owner.get(reverse("device-code-create", args=[lock.public_id])).context["form"]
        return [value for value, _ in form.fields["kind"].choices]

    assert kinds("yale") == ["ongoing", "time_bound"]
    assert kinds("lockly") == ["ongoing", "time_bound", "offline", "once"]
    assert kinds("dormakaba_oracode") == ["offline"]


def test_lock_of_offline_codes_alone_says_so_before_anything_is_typed(owner: Client, world: World) -> None:
    device = make_device(world.workspace, brand="dormakaba_oracode")

    form = text_of(owner.get(reverse("device-code-create", args=[device.public_id])))
    page = text_of(owner.get(reverse("device-detail", args=[device.public_id])))

    assert "cannot be changed or taken back" in form
    assert "chooses the code itself" not in form
    assert "within the codes, offline" in page


def test_code_page_hides_the_pin_until_it_is_asked_for(owner: Client, world: World) -> None:
    address = reverse("code-detail", args=[world.loose_code.public_id])
    assert LOOSE_PIN not in owner.get(address).content.decode()

    whole = post(owner, "code-reveal", world.loose_code)
    part = owner.post(reverse("code-reveal", args=[world.loose_code.public_id]), headers=HTMX)

    assert_is_page(whole)
    assert LOOSE_PIN in text_of(whole)
    assert LOOSE_PIN in part.content.decode()
    assert "<h1" not in part.content.decode()
    assert whole.headers["Cache-Control"].count("no-store") == 1
    assert Event.objects.filter(type=EventType.PIN_REVEALED, access_code=world.loose_code).count() == 2
    assert "Code shown" in text_of(owner.get(address))


def test_panel_of_the_pin_waits_until_the_lock_system_told_it(owner: Client, device: Device) -> None:
    window: dict[str, Any] = {"starts_at": NOW + DAY, "ends_at": NOW + 2 * DAY}
    code = create_code(device, NewCode(is_offline=True, **window), actor="tester", now=NOW)
    address = reverse("code-detail", args=[code.public_id])
    panel = {**HTMX, "HX-Target": "pin-panel"}

    waiting = owner.get(address, headers=panel)
    put_pin(code, "482913971")
    code.save()
    told = owner.get(address, headers=panel)

    assert waiting.status_code == 204
    assert "Show PIN" in text_of(told)
    assert "482913971" not in told.content.decode()


def test_code_that_ended_meanwhile_is_not_shown_and_the_panel_says_why(owner: Client, world: World) -> None:
    AccessCode.objects.filter(pk=world.loose_code.pk).update(ended_at=NOW)

    part = owner.post(reverse("code-reveal", args=[world.loose_code.public_id]), headers=HTMX)

    assert "The code has ended" in text_of(part)
    assert "<h1" not in part.content.decode()
    assert LOOSE_PIN not in part.content.decode()


def test_code_of_a_stay_is_shown_and_changed_on_the_page_of_the_stay(owner: Client, world: World) -> None:
    page = owner.get(reverse("code-detail", args=[world.code.public_id]))

    assert_is_page(page)
    assert reverse("stay-detail", args=[world.stay.public_id]) in page.content.decode()
    for name in ("code-edit", "code-delete", "code-reveal"):
        answer = post(owner, name, world.code)
        assert answer.headers["Location"] == reverse("code-detail", args=[world.code.public_id])
    world.code.refresh_from_db()
    assert world.code.revoked_at is None
    assert not Event.objects.filter(type=EventType.PIN_REVEALED).exists()


def test_code_is_changed_and_only_in_what_was_touched(owner: Client, device: Device) -> None:
    start = NOW + DAY + dt.timedelta(seconds=17)
    new = NewCode(name="Plumber", pin="482913", starts_at=start, ends_at=start + DAY)
    code = create_code(device, new, actor="tester", now=NOW)
    form = owner.get(reverse("code-edit", args=[code.public_id])).context["form"]
    typed = {name: form[name].value() for name in ("name", "kind")}
    shown = {name: f"{form[name].value():%Y-%m-%dT%H:%M}" for name in ("starts_at", "ends_at")}
    assert shown["starts_at"] == "2027-03-02T13:00"

    post(owner, "code-edit", code, **{**typed, **shown, "name": "Electrician", "ends_at": "2027-03-04T09:00"})

    code.refresh_from_db()
    assert (code.name, code.starts_at, code.pin) == ("Electrician", start, "482913")
    assert code.ends_at == dt.datetime(2027, 3, 4, 8, tzinfo=dt.UTC)


def test_change_that_is_refused_keeps_what_was_typed(owner: Client, world: World) -> None:
    create_code(world.device, NewCode(name="There", pin="4829"), actor="tester", now=NOW)

    answer = post(owner, "code-edit", world.loose_code, name="Typed name", kind="ongoing", pin="4829")

    assert_is_page(answer, 422)
    assert "duplicate access code named “There”" in text_of(answer)
    assert 'value="Typed name"' in answer.content.decode()


def test_code_is_deleted_after_a_question(owner: Client, world: World) -> None:
    assert_is_page(owner.get(reverse("code-delete", args=[world.loose_code.public_id])))

    post(owner, "code-delete", world.loose_code)

    world.loose_code.refresh_from_db()
    assert world.loose_code.revoked_at == NOW
    page = text_of(owner.get(reverse("code-detail", args=[world.loose_code.public_id])))
    assert "being taken off the lock" in page


def test_poll_of_an_unchanged_code_is_answered_with_nothing(owner: Client, world: World) -> None:
    address = reverse("code-detail", args=[world.loose_code.public_id])
    version = owner.get(address).context["version"]

    assert owner.get(address, {"v": version}, headers=HTMX).status_code == 204
    AccessCode.objects.filter(pk=world.loose_code.pk).update(attempts=1)
    changed = owner.get(address, {"v": version}, headers=HTMX)
    assert changed.status_code == 200
    assert "<h1" not in changed.content.decode()


def test_code_of_a_holder_leads_to_the_holder(owner: Client, world: World) -> None:
    grant = AccessGrant.objects.create(workspace=world.workspace)
    world.holder.grant = grant
    world.holder.save()
    AccessCode.objects.filter(pk=world.loose_code.pk).update(grant=grant)

    page = owner.get(reverse("code-detail", args=[world.loose_code.public_id]))

    assert reverse("staff-detail", args=[world.holder.public_id]) in page.content.decode()
    assert world.holder.holder_name in text_of(page)
