"""Decide what a lock needs: plan(declared, observed, capabilities, now) -> steps, facts, next look.

Pure: no Django, no I/O, no clock. Called by access.running.reconciling for one device at
a time, before and after commands.

- `shapes`: the data, and what a declaration asks of the lock at a given moment (`phase`, `wanted`).
- `reading`: what an observation proves about each of our codes, and which codes are foreign.
- `situation`: what follows from all codes of the lock together.
- `wishing`: the step that each code needs; `judging`: the fact and the problems of each code.
- `deciding`: from these, the steps in order, within places and budget, and the moment of the next look.
"""

from access.planning.deciding import Budget, plan
from access.planning.shapes import (
    DANGER_LEAD,
    JIT_LEAD,
    NATIVE_LEAD,
    READ_EVERY,
    Declared,
    Fact,
    Issue,
    Phase,
    Plan,
    Put,
    Remove,
    Shape,
    Step,
    is_written,
    opens_at,
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
    "Budget",
    "Declared",
    "Fact",
    "Issue",
    "Phase",
    "Plan",
    "Put",
    "Remove",
    "Shape",
    "Step",
    "is_written",
    "opens_at",
    "phase",
    "plan",
    "runs_natively",
    "stands_as_wanted",
    "wanted",
]
