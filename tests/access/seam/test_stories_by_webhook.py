"""The founding documents' walk-through by webhook: a program makes a code, and is told when the lock holds it, when
somebody comes in by it, and when it is gone. Really delivered over HTTP, and verified by the official package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seam.exceptions import SeamHttpApiError
from seam.seam import Seam
from seam.seam_webhook import SeamWebhook
from standardwebhooks import WebhookVerificationError

from access.webhooks.running import deliver_now
from properties.models import Workspace
from tests.access.seam.stage import Stage
from tests.access.webhooks.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)


def verified(secret: str | None, receiver: Receiver) -> list[Any]:
    assert secret
    reader = SeamWebhook(secret or "")
    return [reader.verify(one.body, one.headers) for one in receiver.received]


def kinds(secret: str | None, receiver: Receiver, code: Any) -> list[str]:
    return [
        one.event_type.removeprefix("access_code.")
        for one in verified(secret, receiver)
        if getattr(one, "access_code_id", None) == code.access_code_id
        and one.event_type != "access_code.changed"
    ]


def test_code_is_followed_by_webhook_from_creation_to_its_end(stage: Stage) -> None:
    with receiving() as receiver:
        webhook = stage.seam.webhooks.create(url=receiver.url, event_types=["*"])
        code = stage.create(name="Guest", code="4829")
        deliver_now()
        assert kinds(webhook.secret, receiver, code) == ["created"]

        stage.run()
        deliver_now()
        assert kinds(webhook.secret, receiver, code) == ["created", "set_on_device"]
        told = verified(webhook.secret, receiver)[-1]
        assert (told.code, told.device_id, told.workspace_id) == ("4829", stage.device_id, code.workspace_id)

        assert stage.opens("4829")
        stage.run()
        deliver_now()
        opened = [one for one in verified(webhook.secret, receiver) if one.event_type == "lock.unlocked"]
        assert [(one.method, one.access_code_id) for one in opened] == [("keycode", code.access_code_id)]

        stage.seam.access_codes.delete(access_code_id=code.access_code_id)
        stage.run()
        deliver_now()
        sequences = [json.loads(one.body)["sequence"] for one in receiver.received]
        assert sequences == sorted(set(sequences))
        listed = stage.seam.client.get("/events/list?since=2020-01-01")["events"]
        assert [one["sequence"] for one in listed] == sequences
        assert kinds(webhook.secret, receiver, code)[-2:] == ["removed_from_device", "deleted"]
        assert not stage.opens("4829")


def test_code_is_polled_until_it_is_set(stage: Stage) -> None:
    """As the documents have it: ask again and again, and stop where errors appear."""
    code = stage.create(name="Guest", code="4829")
    seen = [code.status]
    while seen[-1] != "set" and len(seen) < 10:
        stage.run()
        found = stage.get(code)
        assert found.errors == []
        seen.append(found.status)
    assert (seen[0], seen[-1]) == ("setting", "set")
    assert stage.opens("4829")


def test_webhook_asks_for_its_kinds_only_and_can_be_taken_away(stage: Stage, workspace: Workspace) -> None:
    with receiving() as receiver:
        webhook = stage.seam.webhooks.create(url=receiver.url, event_types=["access_code.set_on_device"])
        stage.create(code="4829")
        stage.run()
        deliver_now()
        assert [one.event_type for one in verified(webhook.secret, receiver)] == ["access_code.set_on_device"]

        stage.seam.webhooks.delete(webhook_id=webhook.webhook_id)
        stage.create(code="5936")
        stage.run()
        deliver_now()
        assert len(receiver.received) == 1


def test_delivery_that_was_touched_is_not_verified(stage: Stage) -> None:
    with receiving() as receiver:
        webhook = stage.seam.webhooks.create(url=receiver.url)
        stage.create(code="4829")
        deliver_now()
    one: Received = receiver.received[0]
    assert webhook.secret
    with pytest.raises(WebhookVerificationError):
        SeamWebhook(webhook.secret or "").verify(one.body.replace("4829", "4820") + " ", one.headers)


def test_webhook_at_a_wrong_address_is_refused_as_the_package_reads_it(seam_client: Seam) -> None:
    with pytest.raises(SeamHttpApiError) as refused:
        seam_client.webhooks.create(url="ftp://receiver.example")
    assert (refused.value.status_code, refused.value.code) == (400, "invalid_input")
