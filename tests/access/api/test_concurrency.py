"""Two programs (or one that repeats itself) put the same reservation at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from access.api_keys import create_key
from properties.models import Guest, Stay
from tests.factories import make_property, make_unit, make_workspace

TOGETHER = 4


@pytest.mark.django_db(transaction=True)
def test_puts_of_one_key_at_once_make_one_stay() -> None:
    workspace = make_workspace()
    units = [make_unit(make_property(workspace)) for _ in range(2)]
    _, secret = create_key(workspace, name="twice")
    gate = threading.Barrier(TOGETHER)

    def put(number: int) -> tuple[int, str]:
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        body: dict[str, Any] = {
            "unit": str(units[number % 2].public_id),
            "arrival_date": "2031-03-05",
            "departure_date": "2031-03-09",
            **({"notes": "kept"} if number == 0 else {"adults": 2}),
        }
        gate.wait()
        try:
            answer = api.put("/api/v1/reservations/pms/R-1", body)
            return answer.status_code, answer.json().get("outcome", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = list(pool.map(put, range(TOGETHER)))

    stay = Stay.objects.get()
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert [outcome for _, outcome in answers].count("created") == 1
    assert (stay.notes, stay.adults) == ("kept", 2)
    assert Guest.objects.count() == 1
