"""From counts to the figures that the product is for: an object for machines and a table for people. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from access.simulation.measuring import PROMISES, Counts

HELD = "held"
TEXTS: Mapping[str, str] = {
    "stays": "Stays that the application took up",
    "holders": "People with access beside them",
    "holder_windows": "  … windows of theirs, by door",
    "codes": "Codes declared for all of them",
    "offline_codes": "  … computed by locks that take no others",
    "lockout_minutes_per_1000_stays": "Minutes before a closed door, nobody told",
    "announced_lockout_minutes_per_1000_stays": "  … somebody told",
    "edited_lockout_minutes_per_1000_stays": "  … until an edit at the lock could be read",
    "stale_minutes_per_1000_stays": "Minutes that ended codes opened beyond the bound, nobody told",
    "announced_stale_minutes_per_1000_stays": "  … somebody told",
    "edited_stale_minutes_per_1000_stays": "  … until an edit at the lock could be read",
    "foreign_codes_touched": "Codes of strangers that were touched",
    "unexplained_pin_changes": "PINs that changed without anyone's word",
    "writes": "Commands that the locks counted",
    "needed_writes": "Commands that were needed",
    "writes_per_needed_write": "Commands for each that was needed",
    "reads_per_lock_day": "Readings of a lock in a day",
    "alerts": "Alerts",
    "alerts_in_time": "Share of lockouts told of before they began",
    "alerts_false": "Alerts without a cause",
}


def add_up(parts: Iterable[Counts]) -> Counts:
    total = Counts()
    for part in parts:
        for one in fields(Counts):
            if one.name != "broken":
                setattr(total, one.name, getattr(total, one.name) + getattr(part, one.name))
        for promise, sentence in part.broken.items():
            total.break_promise(promise, sentence)
    return total


def figures_of(counts: Counts, order: Mapping[str, Any]) -> dict[str, Any]:
    """`order`: what was simulated."""
    per_stays = 1000 / counts.stays if counts.stays else 0.0
    minutes = {
        f"{name}_minutes_per_1000_stays": round(getattr(counts, f"{name}_minutes") * per_stays, 2)
        for name in (
            "lockout",
            "announced_lockout",
            "edited_lockout",
            "stale",
            "announced_stale",
            "edited_stale",
        )
    }
    needed = counts.needed_writes + counts.destroyed_writes
    return {
        "simulated": dict(order),
        "stays": counts.stays,
        "holders": counts.holders,
        "holder_windows": counts.holder_windows,
        "codes": counts.codes,
        "offline_codes": counts.offline_codes,
        **minutes,
        "foreign_codes_touched": counts.foreign_codes_touched,
        "unexplained_pin_changes": counts.unexplained_pin_changes,
        "writes": counts.writes,
        "needed_writes": needed,
        "writes_destroyed_by_faults": counts.destroyed_writes,
        "writes_per_needed_write": round(counts.writes / needed, 3) if needed else 0.0,
        "reads_per_lock_day": round(counts.readings / counts.lock_days, 1) if counts.lock_days else 0.0,
        "lockouts": counts.lockouts,
        "alerts": counts.alerts,
        "alerts_in_time": round(counts.lockouts_told_before / counts.lockouts, 3) if counts.lockouts else 1.0,
        "alerts_false": counts.alerts_false,
        "looks": counts.looks,
        "sampled_rests": counts.sampled_rests,
        "kills": counts.kills,
        "promises": {promise: counts.broken.get(promise, HELD) for promise in PROMISES},
    }


def to_json(figures: Mapping[str, Any]) -> str:
    return json.dumps(figures, indent=2, ensure_ascii=False) + "\n"


def table_of(figures: Mapping[str, Any]) -> str:
    rows = [(text, _shown(figures[name])) for name, text in TEXTS.items()]
    width = max(len(text) for text, _ in rows)
    lines = [f"{text:<{width}}  {value:>10}" for text, value in rows]
    promises: Mapping[str, str] = figures["promises"]
    return "\n".join([*lines, "", *_promise_lines(promises)])


def _promise_lines(promises: Mapping[str, str]) -> Sequence[str]:
    held = [promise for promise, said in promises.items() if said == HELD]
    broken = [f"{promise} broken: {said}" for promise, said in promises.items() if said != HELD]
    return [f"Held: {', '.join(held) or 'none'}", *broken]


def _shown(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
