"""When must the sweep of backups run? Each minute in the product; here, where the application's own policy finds a
code in doubt by what the engine holds in memory, and daily, to see that there was none else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from access.backups.cases import is_reachable
from access.backups.policy import Case, needs_backup
from access.backups.pulling import USING_BACKUP
from access.facts import declared_of
from access.models import AccessCode, Problem
from access.running.loading import Work
from access.simulation.lanes import Lane, Lanes
from access.states import Seen, WriteState

LEAD = dt.timedelta(minutes=30)  # of the simulated properties: the default
IN_SIGHT = dt.timedelta(hours=24)


def is_sweep_due(lanes: Lanes, *, now: dt.datetime) -> bool:
    return any(_is_in_doubt(lanes, lane, now=now) for lane in lanes.lanes.values()) or any(
        _is_left_over(lanes, problem, now=now) for problem in lanes.books.problems()
    )


def _is_in_doubt(lanes: Lanes, lane: Lane, *, now: dt.datetime) -> bool:
    if lane.cleared is lane.look and lane.look is not None and lane.rest is not None:
        return False
    work = lane.work
    if work is None:
        return True  # declared anew a moment ago, and not looked at since
    rests = lane.rest is not None and lane.rest.is_readable and lanes.shed.is_calm(lane.lock)
    near = _near(work, now=now)
    if rests and not any(_is_odd(code) for code in near):
        # Nothing about it changes before its next look, and all that is near at that look was in order.
        lane.cleared = lane.look
        return False
    due = (code for code in near if code.starts_at is not None and code.starts_at - LEAD <= now)
    return any(needs_backup(_case(lanes, work, code, rests, now=now), lead=LEAD, now=now) for code in due)


def _near(work: Work, *, now: dt.datetime) -> list[AccessCode]:
    in_sight = now + IN_SIGHT
    return [
        code
        for code in work.codes.values()
        # Most are far off: what is cheapest to tell comes first.
        if code.starts_at is not None
        and code.starts_at <= in_sight
        and code.ends_at is not None
        and code.ends_at > now
        and _may_get_backup(code)
    ]


def _may_get_backup(code: AccessCode) -> bool:
    live = code.ended_at is None and code.revoked_at is None and not code.is_backup and not code.is_offline
    return live and code.grant is not None and code.grant.stay_id is not None  # nobody else gets one


def _is_odd(code: AccessCode) -> bool:
    there = code.seen in (Seen.PRESENT, Seen.ASSUMED) and code.write_state == WriteState.APPLIED
    untouched = code.written is None and not code.attempts
    return bool(code.stopped or code.failures) or not (there or untouched)


def _case(lanes: Lanes, work: Work, code: AccessCode, rests: bool, *, now: dt.datetime) -> Case:
    return Case(
        declared=declared_of(code),
        capabilities=work.capabilities,
        declared_at=code.created_at,
        reachable=rests or is_reachable(work.device, work.capabilities, now=now),
        seen_at=code.seen_at,
        troubled_since=min(
            (one.raised_at for one in lanes.books.problems() if one.access_code_id == code.pk), default=None
        ),
    )


def _is_left_over(lanes: Lanes, problem: Problem, *, now: dt.datetime) -> bool:
    """A warning about a backup whose time is over is cleared by the sweep."""
    if problem.code != USING_BACKUP or problem.access_code_id is None:
        return False
    codes: Iterable[dict[int, AccessCode]] = (
        lane.work.codes for lane in lanes.lanes.values() if lane.work is not None
    )
    code = next((held[problem.access_code_id] for held in codes if problem.access_code_id in held), None)
    over = code is None or code.ended_at is not None or code.revoked_at is not None
    return over or (code is not None and code.ends_at is not None and code.ends_at <= now)
