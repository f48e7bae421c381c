"""How many devices a second the planner decides on, with 100 codes each: pure computing, in one process.

Half of the locks hold what they should, the other half miss what is due and hold what is over.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time

from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.planning import Declared, Shape, plan
from access.states import Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Known, ObservedCode

CODES = 100
SECONDS = 3.0
# At this pace a thousand locks, planned for twice every ten minutes, take a thirtieth of one core.
DEVICES_A_SECOND = 100.0
NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


def measure(bench: Bench, *, codes: int = CODES, seconds: float = SECONDS) -> list[Figure]:
    bench.say(f"planning for {seconds:.0f} s")
    capabilities = Capabilities(native_scheduling=True)
    locks = [make_lock(codes, settled=True), make_lock(codes, settled=False)]
    planned, steps = 0, 0
    begun = time.perf_counter()
    for declared, observed in itertools.cycle(locks):
        steps += len(plan(declared, observed, capabilities, now=NOW, key_of=int).steps)
        planned += 1
        took = time.perf_counter() - begun
        if took >= seconds and planned % len(locks) == 0:
            break
    return [
        Figure(
            "planning",
            f"devices planned a second, {codes} codes each",
            "devices/s",
            planned / took,
            bound=DEVICES_A_SECOND,
            at_least=True,
            details={"planned": planned, "steps": steps},
        )
    ]


def make_lock(codes: int, *, settled: bool) -> tuple[tuple[Declared, ...], Known]:
    """A lock with so many declared codes, each with a window of three days, spread over what is past and to come."""
    first = NOW - dt.timedelta(days=codes // 2)
    declared, places = [], []
    for number in range(codes):
        starts_at = first + dt.timedelta(days=number)
        window = starts_at, starts_at + dt.timedelta(days=3)
        over, due = window[1] <= NOW, window[0] <= NOW + dt.timedelta(hours=72)
        on_lock = (due and not over) if settled else over
        code = _declared(number, window, on_lock=on_lock)
        if settled and over:
            continue  # gone for good, and no longer the planner's matter
        declared.append(code)
        if on_lock:
            places.append(ObservedCode(code.ref, code.pin, code.name, *window))
    return tuple(declared), Known(tuple(places), NOW)


def _declared(number: int, window: tuple[dt.datetime, dt.datetime], *, on_lock: bool) -> Declared:
    name = f"Guest {number}"
    code = Declared(
        id=number, pin=f"{1000 + number}", pin_key=number, name=name, starts_at=window[0], ends_at=window[1]
    )
    if not on_lock:
        return code
    return Declared(
        id=number,
        pin=code.pin,
        pin_key=number,
        name=name,
        starts_at=window[0],
        ends_at=window[1],
        ref=str(number + 1),
        shown_name=name,
        write_state=WriteState.APPLIED,
        written=Shape(number, name, *window),
        written_at=NOW - dt.timedelta(days=1),
        seen=Seen.PRESENT,
        attempts=1,
    )
