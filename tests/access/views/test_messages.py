"""Pages of messages and alerts, and what a stay's page says of its pass."""

from __future__ import annotations

import re
from typing import Any

import pytest
import qrcode
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from qrcode.constants import ERROR_CORRECT_M

from access.enums import EventType, SendStatus
from access.messaging.sending import send_by_hand
from access.messaging.sweeping import send_waiting
from access.messaging.templates import add_usual
from access.models import AlertChannel, Event, GuestPass, Message, MessageChannel, MessageTemplate
from properties.booking import GuestDetails
from properties.models import WorkspaceChange
from tests.factories import make_stay
from tests.pages import HTMX, assert_is_page, text_of, version_in
from tests.world import PIN, World

pytestmark = pytest.mark.django_db


def form_of(template: MessageTemplate, **changes: str) -> dict[str, str]:
    texts = {text.language: text for text in template.texts.all()}
    given = {
        "name": template.name,
        "kind": template.kind,
        "hours": "24",
        "direction": "before",
        "anchor": "arrival",
    }
    for code, text in texts.items():
        given |= {f"subject_{code}": text.subject, f"body_{code}": text.body}
    return given | changes


@pytest.fixture
def usual(world: World) -> MessageTemplate:
    add_usual(world.workspace)
    return MessageTemplate.objects.get(workspace=world.workspace, kind="before_arrival")


@pytest.mark.parametrize(
    "name",
    [
        "message-list", "template-list", "template-create", "alert-list", "alert-create", "message-settings",
        "guest-channel-create",
    ],
)  # fmt: skip
def test_pages_are_there(name: str, owner: Client, world: World) -> None:
    assert_is_page(owner.get(reverse(name)))


def test_pages_of_one_thing_are_there(owner: Client, world: World) -> None:
    told = world.told
    for name, row in (
        ("message-detail", told.message),
        ("template-edit", told.template),
        ("template-preview", told.template),
        ("alert-edit", told.alert_channel),
        ("alert-delete", told.alert_channel),
    ):
        assert_is_page(owner.get(reverse(name, args=[row.public_id])))


def test_list_costs_the_same_for_three_as_for_one(
    owner: Client, world: World, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for name in ("message-list", "template-list", "alert-list"):
        owner.get(reverse(name))
        with CaptureQueriesContext(connection) as one:
            owner.get(reverse(name))
        for number in range(2):
            template = MessageTemplate.objects.create(
                workspace=world.workspace, kind="free", name=f"{name} {number}", anchor="arrival"
            )
            template.texts.create(language="de", subject="x", body="y")
            Message.objects.create(
                stay=make_stay(world.unit), template=template, occasion="x", due_at=timezone.now()
            )
            AlertChannel.objects.create(
                workspace=world.workspace,
                name="x",
                address="x@example.org",
                severities=["error"],
                since=timezone.now(),
            )
        with CaptureQueriesContext(connection) as three:
            owner.get(reverse(name))
        assert len(three) <= len(one), name


def test_text_of_a_message_is_shown_on_demand_and_the_look_is_written_down(
    owner: Client, world: World
) -> None:
    address = reverse("message-detail", args=[world.told.message.public_id])
    Message.objects.update(told_digest="x")
    assert PIN not in owner.get(address).content.decode()

    answer = owner.post(address)

    assert PIN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.get(type=EventType.PIN_REVEALED).actor == world.owner.email


def test_staff_is_refused(staff: Client, world: World) -> None:
    assert staff.get(reverse("message-list")).status_code == 403
    assert staff.post(reverse("message-detail", args=[world.told.message.public_id])).status_code == 403


def test_template_is_saved_with_its_languages(owner: Client, usual: MessageTemplate) -> None:
    answer = owner.post(
        reverse("template-edit", args=[usual.public_id]),
        form_of(usual, name="Soon", hours="48", subject_en="Hi {first_name}", subject_fr="", body_fr=""),
    )

    assert answer["Location"] == reverse("template-preview", args=[usual.public_id])
    usual.refresh_from_db()
    assert (usual.name, usual.offset_minutes) == ("Soon", -2880)
    assert sorted(usual.texts.values_list("language", flat=True)) == ["de", "en", "es"]
    assert "Hi Imogen" in text_of(owner.get(answer["Location"]))


def test_unknown_placeholder_is_refused_and_what_was_typed_is_kept(
    owner: Client, usual: MessageTemplate
) -> None:
    answer = owner.post(
        reverse("template-edit", args=[usual.public_id]), form_of(usual, body_de="Ihr Code: {kode}")
    )

    assert answer.status_code == 422
    assert "{kode} (do you mean {code}?)" in text_of(answer)
    assert "Ihr Code: {kode}" in answer.content.decode()
    assert "{kode}" not in usual.texts.get(language="de").body


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Check-out"}, "Another message has this name"),
        ({"subject_en": ""}, "Write both the subject and the message"),
        (
            {f"{part}_{code}": "" for part in ("subject", "body") for code in ("en", "de", "fr", "es")},
            "in one language",
        ),
    ],
)
def test_template_that_cannot_be(
    owner: Client, usual: MessageTemplate, changes: dict[str, str], sentence: str
) -> None:
    answer = owner.post(reverse("template-edit", args=[usual.public_id]), form_of(usual, **changes))

    assert (answer.status_code, sentence in text_of(answer)) == (422, True)


def test_message_of_an_event_has_no_time(owner: Client, usual: MessageTemplate) -> None:
    owner.post(
        reverse("template-edit", args=[usual.public_id]), form_of(usual, kind="code_ready", name="Ready")
    )

    usual.refresh_from_db()
    assert (usual.anchor, usual.offset_minutes) == ("event", 0)


def test_template_is_switched_and_deleted(owner: Client, usual: MessageTemplate) -> None:
    owner.post(reverse("template-switch", args=[usual.public_id]), {"on": "yes"})
    usual.refresh_from_db()
    assert usual.active_since is not None
    assert "Delete “Before arrival”?" in text_of(
        owner.get(reverse("template-delete", args=[usual.public_id]))
    )
    assert MessageTemplate.objects.get(pk=usual.pk).deleted_at is None
    owner.post(reverse("template-delete", args=[usual.public_id]))
    usual = MessageTemplate.objects.get(pk=usual.pk)
    assert usual.active_since is None
    assert usual.deleted_at is not None
    assert owner.get(reverse("template-edit", args=[usual.public_id])).status_code == 404
    told = WorkspaceChange.objects.filter(what__startswith="Message").order_by("pk")
    assert list(told.values_list("what", "detail")) == [
        ("Message switched on", usual.name),
        ("Message deleted", usual.name),
    ]


def test_quiet_hours_that_were_changed_stand_in_the_audit_log(owner: Client, world: World) -> None:
    owner.post(
        reverse("message-settings"), {"quiet_from": "22:00", "quiet_until": "07:00", "guest_language": "en"}
    )

    told = WorkspaceChange.objects.get(workspace=world.workspace, what="Quiet hours and answers changed")
    assert "22:00" in told.detail
    assert "22:00:00" not in told.detail


def test_preview_in_the_language_and_for_the_stay_that_were_chosen(
    owner: Client, usual: MessageTemplate, world: World
) -> None:
    address = reverse("template-preview", args=[usual.public_id])

    answer = owner.get(address, {"language": "fr", "stay": str(world.stay.public_id)})

    assert "Bonjour Quay guest" in text_of(answer)
    assert "Quay street 1" in text_of(answer)
    assert PIN not in answer.content.decode()
    assert owner.get(address, {"language": "xx", "stay": "nonsense"}).status_code == 200


def test_message_to_a_guest_without_an_address_is_refused_at_once(
    owner: Client, world: World, usual: MessageTemplate
) -> None:
    assert world.stay.guest is not None
    type(world.stay.guest).objects.update(email="")

    answer = owner.post(
        reverse("stay-message", args=[world.stay.public_id]), {"template": str(usual.public_id)}, follow=True
    )

    assert "cannot be reached by e-mail" in text_of(answer)
    assert not Message.objects.filter(template=usual).exists()


def test_page_of_a_message_follows_it_until_it_is_sent(
    owner: Client, world: World, usual: MessageTemplate
) -> None:
    message = send_by_hand(world.stay, usual, now=timezone.now())
    address = reverse("message-detail", args=[message.public_id])
    version = version_in(owner.get(address))
    assert 'hx-trigger="every 1s"' in owner.get(address).content.decode()
    assert owner.get(address, {"v": version}, headers=HTMX).status_code == 204

    send_waiting(now=timezone.now())

    answer = owner.get(address, {"v": version}, headers=HTMX)
    assert answer.status_code == 200
    assert "Sent" in text_of(answer)
    assert "hx-trigger" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_message_is_sent_by_hand_from_the_stay(owner: Client, world: World, usual: MessageTemplate) -> None:
    OrmQ.objects.all().delete()
    answer = owner.post(
        reverse("stay-message", args=[world.stay.public_id]), {"template": str(usual.public_id)}
    )
    assert [task.func() for task in OrmQ.objects.all()] == ["access.tasks.send_messages"]
    send_waiting(now=timezone.now())

    assert mail.outbox[0].to == ["quay@example.org"]
    assert "Sent" in text_of(owner.get(answer["Location"]))
    assert "Before arrival" in text_of(owner.get(reverse("stay-detail", args=[world.stay.public_id])))
    assert (
        owner.post(reverse("stay-message", args=[world.stay.public_id]), {"template": "x"}).status_code == 302
    )
    owner.post(reverse("message-again", args=[Message.objects.latest("pk").public_id]))
    assert Message.objects.filter(status=SendStatus.PENDING).count() == 1


def modules_drawn(page: str) -> set[tuple[int, int]]:
    """Column and row of each dark square in the drawing, without the margin that readers need."""
    drawn = re.search(
        r'<svg class="qr"[^>]*viewBox="0 0 (\d+) \1"[^>]*><path d="((?:M\d+ \d+h1v1h-1z)+)"', page
    )
    assert drawn is not None
    squares = {(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)", drawn[2])}
    width = int(drawn[1]) - 8
    assert all(0 <= part < width for square in squares for part in square)
    return squares


def modules_of(link: str) -> set[tuple[int, int]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(link)
    return {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}


def test_stay_shows_the_link_to_managers_alone(owner: Client, staff: Client, world: World) -> None:
    address = reverse("stay-detail", args=[world.stay.public_id])
    token = world.told.guest_pass.token
    assert token is not None

    page = owner.get(address)

    assert f"http://localhost:8000/g/{token}/" in page.content.decode()
    assert modules_drawn(page.content.decode()) == modules_of(f"http://localhost:8000/g/{token}/")
    assert_is_page(page)
    assert token not in staff.get(address).content.decode()


def test_link_is_renewed_and_revoked(owner: Client, world: World) -> None:
    owner.post(reverse("stay-pass-new", args=[world.stay.public_id]))
    made = GuestPass.objects.get(revoked_at=None)
    assert made.token != world.told.guest_pass.token
    assert made.made_by == world.owner.email

    owner.post(reverse("stay-pass-revoke", args=[world.stay.public_id]))

    assert not GuestPass.objects.filter(revoked_at=None).exists()
    assert "There is no link" in text_of(owner.get(reverse("stay-detail", args=[world.stay.public_id])))


def test_alert_channel_is_added_tried_and_deleted(owner: Client, world: World) -> None:
    AlertChannel.objects.all().delete()
    given = {
        "name": "Desk",
        "kind": "email",
        "address": "desk@example.org",
        "severities": ["error"],
        "is_active": "on",
    }
    assert owner.post(reverse("alert-create"), {**given, "address": "nonsense"}).status_code == 422
    owner.post(reverse("alert-create"), given)
    channel = AlertChannel.objects.get()

    answer = owner.post(reverse("alert-test", args=[channel.public_id]), follow=True)

    assert "A test went to Desk" in text_of(answer)
    assert mail.outbox[0].subject == "Keyturn: a test"
    owner.post(reverse("alert-delete", args=[channel.public_id]))
    assert not AlertChannel.objects.exists()


def test_secret_of_a_service_is_not_shown(owner: Client, world: World, settings: Any) -> None:
    AlertChannel.objects.update(kind="apprise", address="json://example.org/s3cret")

    for page in (reverse("alert-list"), reverse("alert-edit", args=[world.told.alert_channel.public_id])):
        assert "s3cret" not in owner.get(page).content.decode()


def test_quiet_hours_are_saved_whole_or_not(owner: Client, world: World) -> None:
    given = {"quiet_from": "22:00", "quiet_until": "", "reply_to": "host@example.org", "guest_language": "de"}
    assert owner.post(reverse("message-settings"), given).status_code == 422
    owner.post(reverse("message-settings"), {**given, "quiet_until": "07:00"})

    world.workspace.refresh_from_db()
    assert (str(world.workspace.quiet_from), world.workspace.guest_language) == ("22:00:00", "de")
    assert "From 22:00 to 07:00" in text_of(owner.get(reverse("alert-list")))


def test_way_to_guests_needs_the_guest_in_it(owner: Client, world: World, settings: Any) -> None:
    settings.KEYTURN_ALERTS_ALLOW_PRIVATE = True
    address = reverse("guest-channel-create")
    answer = owner.post(address, {"name": "SMS", "address": "json://127.0.0.1/x"})
    assert "Put {phone} or {email}" in text_of(answer)
    owner.post(address, {"name": "SMS", "address": "json://127.0.0.1/{phone}"})
    made = MessageChannel.objects.get(name="SMS")
    MessageTemplate.objects.update(channel=made, active_since=timezone.now())

    asked = text_of(owner.get(reverse("guest-channel-delete", args=[made.public_id])))
    assert f"“{MessageTemplate.objects.filter(channel=made).first()}” goes this way" in asked
    assert MessageTemplate.objects.exclude(active_since=None).exists()
    owner.post(reverse("guest-channel-delete", args=[made.public_id]))

    assert not MessageTemplate.objects.exclude(active_since=None).exists()


def test_language_of_a_guest_is_chosen_and_what_the_source_said_is_kept(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, guest=GuestDetails(name="Ada", language="nl"))
    address = reverse("stay-edit", args=[stay.public_id])
    page = owner.get(address)
    assert '<option value="nl" selected>nl</option>' in page.content.decode()
    typed = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    typed |= {"unit": stay.unit_id, "arrival_date": "2027-03-05", "departure_date": "2027-03-09"}

    owner.post(address, {**typed, "guest_name": "Ada L."})
    stay.refresh_from_db()
    assert stay.guest is not None
    assert (stay.guest.name, stay.guest.language) == ("Ada L.", "nl")
    owner.post(address, {**typed, "seen_revision": stay.revision, "guest_language": "fr"})

    stay.guest.refresh_from_db()
    assert stay.guest.language == "fr"


def test_message_that_cannot_be_sent_stays_chosen(owner: Client, world: World) -> None:
    assert world.stay.guest is not None
    world.stay.guest.email = ""
    world.stay.guest.save()
    chosen = MessageTemplate.objects.filter(workspace=world.workspace, channel=None, deleted_at=None).first()
    assert chosen is not None
    page = owner.post(
        reverse("stay-message", args=[world.stay.public_id]), {"template": str(chosen.public_id)}, follow=True
    ).content.decode()

    assert "cannot be reached by e-mail" in page
    assert f'<option value="{chosen.public_id}" selected>' in page
