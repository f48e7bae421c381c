"""A cancellation stays one, whatever comes late, beside it or in unknown words; sources of others are theirs."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from properties.booking import cancel_stay
from properties.enums import CancelReason, StayStatus
from properties.models import Stay, Unit
from tests.factories import make_stay

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reservations/pms/R-1"
SENT = "2031-01-01T10:00:00Z"


def outcome_of(answer: Any) -> tuple[str, str]:
    return answer.json()["outcome"], answer.json()["status"]


def test_late_retry_of_a_put_does_not_undo_the_delete(api: APIClient, body: dict[str, Any]) -> None:
    sent = body | {"status": "confirmed", "source_updated_at": SENT}
    api.put(ADDRESS, sent)
    api.delete(ADDRESS)

    late = api.put(ADDRESS, sent | {"notes": "late"})
    newer = api.put(ADDRESS, sent | {"source_updated_at": "2031-01-01T10:00:01Z"})

    assert outcome_of(late) == ("ignored_older", "cancelled")
    assert late.json()["notes"] == ""
    assert outcome_of(newer) == ("reinstated", "confirmed")


def test_cancelled_one_sent_as_confirmed_without_a_time_is_back(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body | {"source_updated_at": SENT})
    api.delete(ADDRESS)

    assert outcome_of(api.put(ADDRESS, {"status": "confirmed"})) == ("reinstated", "confirmed")


def test_time_null_keeps_the_stored_one(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body | {"source_updated_at": SENT})
    api.put(ADDRESS, {"source_updated_at": None, "notes": "x"})

    older = api.put(ADDRESS, {"source_updated_at": "2030-01-01T10:00:00Z", "notes": "old"}).json()

    assert (older["outcome"], older["notes"], older["source_updated_at"]) == ("ignored_older", "x", SENT)


@pytest.mark.parametrize("word", ["arrived", None, {"category": "?"}])
@pytest.mark.parametrize("status", list(StayStatus))
def test_status_that_is_unknown_changes_no_known_reservation(
    api: APIClient, body: dict[str, Any], status: StayStatus, word: object
) -> None:
    api.put(ADDRESS, body | {"status": status})

    answer = api.put(ADDRESS, {"status": word, "notes": "taken"}).json()

    assert (answer["status"], answer["outcome"], answer["notes"]) == (status, "changed", "taken")
    assert "A known reservation keeps its status" in answer["notices"][0]


@pytest.mark.django_db(transaction=True)
def test_cancellation_beside_a_put_of_notes_is_not_lost(api: APIClient, body: dict[str, Any]) -> None:
    """Somebody is just cancelling when the PUT begins to read what it keeps."""
    api.put(ADDRESS, body)
    stay, cancelled = Stay.objects.get(), threading.Event()

    def cancel() -> None:
        with transaction.atomic():
            cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="other", now=timezone.now())
            cancelled.set()
            # As long as the PUT would need to go by, if it did not wait.
            time.sleep(0.4)
        connection.close()

    other = threading.Thread(target=cancel)
    other.start()
    assert cancelled.wait(10)
    answer = api.put(ADDRESS, {"notes": "late train"})
    other.join(10)

    stay.refresh_from_db()
    assert outcome_of(answer) == ("changed", "cancelled")
    assert (stay.status, stay.notes) == (StayStatus.CANCELLED, "late train")


@pytest.mark.parametrize("source", ["manual", "feed:pms", "feed:"])
def test_source_that_is_ours_is_not_written(
    api: APIClient, unit: Unit, body: dict[str, Any], source: str
) -> None:
    make_stay(unit, source=source, external_id="R-1")
    address = f"/api/v1/reservations/{source}/R-1"

    refused = [api.put(address, body), api.delete(address), api.put(f"{address}-new", body)]

    assert [(one.status_code, [*one.json()["error"]["fields"]]) for one in refused] == [(422, ["source"])] * 3
    assert Stay.objects.get().revision == 1
    assert api.get(address).json()["source"] == source
