"""What is wrong with a code or a device, with what it inherits: a code from its lock, a lock from its account.

A problem is raised once, where it belongs (F66); here it is seen from below. Read by pages and the API.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from access.catalogue import CATALOGUE, Concerns
from access.models import AccessCode, Problem
from locks.models import Device


@dataclass(frozen=True, slots=True)
class SeenProblem:
    """`source`: what it was raised on, as the founding API marks it (`is_device_error`, …)."""

    problem: Problem
    source: Concerns

    @property
    def clears(self) -> str:
        text = CATALOGUE.get(self.problem.code)
        return text.clears if text is not None else ""


def problems_seen_on_device(device: Device) -> list[SeenProblem]:
    """Its own, then its account's; each oldest first."""
    about = Q(device=device) | Q(account=device.account_id)
    return _seen(about)


def problems_seen_on_code(code: AccessCode) -> list[SeenProblem]:
    """Its own, then its lock's, then its account's."""
    about = Q(access_code=code) | Q(device=code.device_id) | Q(account=code.device.account_id)
    return _seen(about)


def _seen(about: Q) -> list[SeenProblem]:
    rows = Problem.objects.filter(about, cleared_at=None).order_by("raised_at", "pk")
    seen = [SeenProblem(problem, _source(problem)) for problem in rows]
    order = list(Concerns)
    return sorted(seen, key=lambda one: order.index(one.source))


def _source(problem: Problem) -> Concerns:
    if problem.access_code_id is not None:
        return Concerns.CODE
    return Concerns.DEVICE if problem.device_id is not None else Concerns.ACCOUNT
