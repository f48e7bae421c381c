"""Bookings that come, change and are cancelled over HTTP, from one caller that repeats what was not answered.

What the server has acknowledged last is what is declared; a request without an answer is sent again until there is one.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

TIMEOUT = 5.0
AGAIN = 0.2
NAMES = ("Imogen Varga", "Ravi Thapa", "Noor Haddad")


@dataclass(slots=True)
class Wanted:
    """What was acknowledged last of one reservation. `arrival` None: it is cancelled."""

    unit: str
    arrival: dt.date | None = None
    departure: dt.date | None = None
    name: str = ""


@dataclass(slots=True)
class Load:
    port: int
    secret: str
    units: Sequence[str]
    dice: random.Random
    pause: float
    guests: int
    declared: dict[str, Wanted] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unanswered: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def fill(self) -> None:
        """Send every guest once, while nothing dies yet."""
        for number in range(self.guests):
            key = f"guest-{number}"
            self.send(key, "PUT", self._drawn(None))

    def run(self) -> None:
        while not self.stopping.wait(self.pause):
            key = f"guest-{self.dice.randrange(self.guests)}"
            current = self.declared.get(key)
            if current is not None and current.arrival is not None and self.dice.random() < 0.25:
                self.send(key, "DELETE", Wanted(current.unit))
            else:
                self.send(key, "PUT", self._drawn(current))

    def _drawn(self, current: Wanted | None) -> Wanted:
        today = dt.datetime.now(dt.UTC).date()
        unit = current.unit if current else self.dice.choice(self.units)
        # Most are in the house now, some arrive later.
        arrival = today + dt.timedelta(days=self.dice.choice((-1, -1, -1, 2, 9)))
        departure = arrival + dt.timedelta(days=self.dice.randint(3, 6))
        return Wanted(unit, arrival, departure, self.dice.choice(NAMES))

    def send(self, key: str, method: str, wanted: Wanted) -> None:
        body = None
        if wanted.arrival is not None:
            body = {
                "unit": wanted.unit,
                "status": "confirmed",
                "arrival_date": str(wanted.arrival),
                "departure_date": str(wanted.departure),
                "guest": {"name": wanted.name},
            }
        while True:
            try:
                status, text = self._ask(method, f"/api/v1/reservations/chaos/{key}", body)
            except (OSError, http.client.HTTPException):
                status, text = 0, ""
            if status in {200, 201}:
                self.declared[key] = wanted
                return
            if 400 <= status < 500:
                self.refused.append(f"{method} {key}: {status} {text[:200]}")
                return
            self.unanswered += 1
            time.sleep(AGAIN)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        try:
            line.request(method, path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()
