"""The same request sent twice is carried out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.api.idempotency import CLAIM
from access.api_keys import ANSWERS_KEPT, sweep_answers
from access.models import IdempotentAnswer
from properties.models import Stay, Workspace

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reservations/"


def post(api: APIClient, body: dict[str, Any], name: str | None = "k-1") -> Any:
    return api.post(ADDRESS, body, headers={} if name is None else {"Idempotency-Key": name})


def test_same_request_is_answered_again(api: APIClient, body: dict[str, Any]) -> None:
    first, again = post(api, body), post(api, dict(reversed(body.items())))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Stay.objects.count() == 1


def test_without_a_key_or_with_another_each_counts(api: APIClient, body: dict[str, Any]) -> None:
    ids = {post(api, body, name).json()["external_id"] for name in (None, None, "a", "b")}
    assert len(ids) == Stay.objects.count() == 4


def test_same_key_with_another_body_is_409(api: APIClient, body: dict[str, Any]) -> None:
    post(api, body)
    answer = post(api, body | {"adults": 2})
    assert (answer.status_code, answer.json()["error"]["type"]) == (409, "conflict")
    assert "Retry-After" not in answer


def test_same_key_of_another_program_is_its_own(
    api: APIClient, api_of: Callable[..., APIClient], workspace: Workspace, body: dict[str, Any]
) -> None:
    post(api, body)
    assert "Idempotent-Replayed" not in post(api_of(workspace), body)
    assert Stay.objects.count() == 2


def test_request_at_work_is_409_with_a_moment_to_wait(api: APIClient, body: dict[str, Any]) -> None:
    post(api, body)
    IdempotentAnswer.objects.update(status=None, body="")
    answer = post(api, body)
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")


def test_request_whose_process_died_is_carried_out_and_stays_one(
    api: APIClient, body: dict[str, Any]
) -> None:
    first = post(api, body)
    IdempotentAnswer.objects.update(status=None, body="", created_at=timezone.now() - CLAIM * 2)
    again = post(api, body)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["id"] == first.json()["id"]


def test_refusal_is_not_kept(api: APIClient, body: dict[str, Any]) -> None:
    assert post(api, body | {"adults": -1}).status_code == 422
    assert not IdempotentAnswer.objects.exists()
    assert post(api, body).status_code == 201


@pytest.mark.parametrize("name", ["", "x" * 256, "tab\there"])
def test_key_that_is_none_is_422(name: str, api: APIClient, body: dict[str, Any]) -> None:
    answer = post(api, body, name)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["Idempotency-Key"])


def test_kept_answer_is_encrypted(api: APIClient, body: dict[str, Any]) -> None:
    from django.db import connection

    post(api, body)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM access_idempotentanswer")
        assert "Imogen" not in cursor.fetchone()[0]


def test_answers_are_swept_after_two_days(api: APIClient, body: dict[str, Any]) -> None:
    post(api, body)
    now = timezone.now()
    assert sweep_answers(now=now + dt.timedelta(hours=24)) == 0
    assert sweep_answers(now=now + ANSWERS_KEPT + dt.timedelta(minutes=1)) == 1
