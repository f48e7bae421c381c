"""Two people have the same form of access open: each kind of field is kept, told of, or asked about."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.models import AlertChannel, MessageText, StaffAccess, WebhookEndpoint
from tests.pages import text_of
from tests.properties.views.test_together import opened, sent_by
from tests.world import World


def addresses(world: World) -> dict[str, str]:
    return {
        "webhook": reverse("webhook-edit", args=[world.endpoint.public_id]),
        "template": reverse("template-edit", args=[world.told.template.public_id]),
        "alert": reverse("alert-edit", args=[world.told.alert_channel.public_id]),
        "staff": reverse("staff-edit", args=[world.holder.public_id]),
    }


OTHERS: dict[str, dict[str, Any]] = {
    "webhook": {"reach": "some", "event_types": ["access.ready", "access.failed"]},
    "template": {"subject_fr": "Bienvenue", "body_fr": "Bonjour {guest}"},
    "alert": {"severities": ["error", "entry"]},
    "staff": {"exceptions": "2027-12-24\n2027-12-25"},
}
MINE: dict[str, dict[str, Any]] = {
    "webhook": {"description": "The booking system"},
    "template": {"name": "Welcome"},
    "alert": {"name": "Night desk"},
    "staff": {"note": "Has a dog"},
}
CLASHING: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "webhook": ({"description": "Theirs"}, {"description": "Mine"}, "“Theirs”"),
    "template": ({"name": "Theirs"}, {"name": "Mine"}, "“Theirs”"),
    "alert": ({"severities": ["entry"]}, {"severities": ["warning"]}, "A guest's first entry"),
    "staff": ({"last_day": "2027-12-24"}, {"last_day": "2027-11-30"}, "Fri 24 Dec 2027"),
}


def held(world: World) -> dict[str, Any]:
    return {
        "webhook": WebhookEndpoint.objects.values_list("event_types", "description").get(
            pk=world.endpoint.pk
        ),
        "template": (
            sorted(
                MessageText.objects.filter(template=world.told.template).values_list("language", flat=True)
            ),
            type(world.told.template).objects.get(pk=world.told.template.pk).name,
        ),
        "alert": AlertChannel.objects.values_list("severities", "name").get(pk=world.told.alert_channel.pk),
        "staff": StaffAccess.objects.values_list("exceptions", "note").get(pk=world.holder.pk),
    }


EXPECTED = {
    "webhook": (["access.ready", "access.failed"], "The booking system"),
    "template": (["en", "fr"], "Welcome"),
    "alert": (["error", "entry"], "Night desk"),
    "staff": (["2027-12-24", "2027-12-25"], "Has a dog"),
}


@pytest.mark.parametrize("which", EXPECTED)
def test_what_only_somebody_else_changed_is_kept_and_told(owner: Client, world: World, which: str) -> None:
    address = addresses(world)[which]
    mine = opened(owner, address, **MINE[which])
    first = owner.post(address, opened(owner, address, **OTHERS[which]))
    assert first.status_code == 302, text_of(first)

    second = owner.post(address, mine, follow=True)

    assert second.redirect_chain, text_of(second)
    found = held(world)[which]
    assert (sorted(found[0]), found[1]) == (sorted(EXPECTED[which][0]), EXPECTED[which][1])
    assert "while you had this open; that is kept." in text_of(second)


@pytest.mark.parametrize("which", CLASHING)
def test_what_both_changed_is_asked_about_and_sent_again_holds(
    owner: Client, world: World, which: str
) -> None:
    address = addresses(world)[which]
    theirs, mine, told = CLASHING[which]
    sent = opened(owner, address, **mine)
    assert owner.post(address, opened(owner, address, **theirs)).status_code == 302

    refused = owner.post(address, sent)
    again = owner.post(address, sent_by(refused))

    assert refused.status_code == 422
    assert f"Somebody else set this to {told}" in text_of(refused).replace("&#x27;", "'")
    assert again.status_code == 302, text_of(again)


def test_forms_of_new_rows_carry_nothing(owner: Client, world: World) -> None:
    for name in ("webhook-create", "template-create", "alert-create", "staff-create"):
        assert 'name="seen"' not in owner.get(reverse(name)).content.decode(), name
