"""What an entry of the catalogue says."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from access.enums import ProblemKind


class Concerns(enum.StrEnum):
    """What a problem is raised on."""

    CODE = "code"
    DEVICE = "device"
    ACCOUNT = "account"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """`message`: what is wrong. `advice`: what to do, empty where time does it. `clears`: when it goes by itself.

    `concerns`: what it is raised on; what hangs below (a device's codes, an account's devices) shows it as inherited.
    `also_warning`: an error that is but a warning at first, or by a person's word.
    """

    kind: ProblemKind
    concerns: frozenset[Concerns]
    message: str
    advice: str
    clears: str
    also_warning: bool = False

    @property
    def sentence(self) -> str:
        return f"{self.message} {self.advice}".strip()


def error(
    message: str, advice: str, clears: str, *concerns: Concerns, also_warning: bool = False
) -> ProblemText:
    return ProblemText(ProblemKind.ERROR, frozenset(concerns), message, advice, clears, also_warning)


def warning(message: str, advice: str, clears: str, *concerns: Concerns) -> ProblemText:
    return ProblemText(ProblemKind.WARNING, frozenset(concerns), message, advice, clears)
