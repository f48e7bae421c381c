"""Decide what a lock needs: plan(declared, observed, capabilities, now) -> steps, facts, next look.

Pure: no Django, no I/O, no clock. Called by access.running.reconciling for one device at
a time, before and after commands.

- `shapes`: the data, and what a declaration asks of the lock at a given moment (`phase`, `wanted`).
- `reading`: what an observation proves about each of our codes, and which codes are foreign.
- `deciding`: from the two, the steps, the facts to record and the moment of the next look.
"""

from access.planning.deciding import plan
from access.planning.shapes import (
    DANGER_LEAD,
    JIT_LEAD,
    NATIVE_LEAD,
    READ_EVERY,
    Declared,
    Fact,
    Phase,
    Plan,
    Put,
    Remove,
    Shape,
    Step,
    phase,
    runs_natively,
    stands_as_wanted,
    wanted,
)

__all__ = [
    "DANGER_LEAD",
    "JIT_LEAD",
    "NATIVE_LEAD",
    "READ_EVERY",
    "Declared",
    "Fact",
    "Phase",
    "Plan",
    "Put",
    "Remove",
    "Shape",
    "Step",
    "phase",
    "plan",
    "runs_natively",
    "stands_as_wanted",
    "wanted",
]
