"""What all objects share: their open problems, loaded for many at once.

Asked with every answer. The ids are those of rows that the caller was found to see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from access.models import Problem
from access.telling import errors_and_warnings
from properties.compiled import compiled


@compiled
def _open(codes: list[int], devices: list[int], accounts: list[int]) -> QuerySet[Problem]:
    about = Q(access_code__in=codes) | Q(device__in=devices) | Q(account__in=accounts)
    return Problem.objects.filter(about, cleared_at=None)


class Troubles:
    """Open problems of some codes, devices and accounts, with what each inherits: one query."""

    def __init__(
        self, *, codes: Iterable[int] = (), devices: Iterable[int] = (), accounts: Iterable[int] = ()
    ) -> None:
        subjects = [list(set(ids)) for ids in (codes, devices, accounts)]
        found = _open(*subjects) if any(subjects) else ()
        self._of: Mapping[tuple[str, int], list[Problem]] = _grouped(found)

    def of_code(self, code: int, device: int, account: int) -> dict[str, list[dict[str, Any]]]:
        return self._told(("code", code), ("device", device), ("account", account))

    def of_device(self, device: int, account: int) -> dict[str, list[dict[str, Any]]]:
        return self._told(("device", device), ("account", account))

    def of_account(self, account: int) -> dict[str, list[dict[str, Any]]]:
        return self._told(("account", account))

    def _told(self, *subjects: tuple[str, int]) -> dict[str, list[dict[str, Any]]]:
        return errors_and_warnings(problem for subject in subjects for problem in self._of.get(subject, ()))


def _grouped(problems: Iterable[Problem]) -> dict[tuple[str, int], list[Problem]]:
    """By the lowest thing that each names: a problem of a code also names its device."""
    grouped: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.access_code_id is not None:
            grouped["code", problem.access_code_id].append(problem)
        elif problem.device_id is not None:
            grouped["device", problem.device_id].append(problem)
        elif problem.account_id is not None:
            grouped["account", problem.account_id].append(problem)
    return grouped
