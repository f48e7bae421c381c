"""Every minute: give backups to stays whose code is not confirmed, follow up reports, clear what no longer holds.

It asks the database alone, so it works while no runner can reach the account. Stays that could need a backup are
found through the index of live codes by their start: those that have begun or begin within the property's minutes,
less those that the lock is known to open by; what is left is judged by access.backups.policy, code by code.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from django.db.models import DateTimeField, DurationField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import ExpressionWrapper
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Least

from access.backups.cases import case_of, lead_before
from access.backups.policy import REPORT_KEPT, needs_backup, report_calls_for_backup
from access.backups.pool import in_pool, sweep_pools
from access.backups.pulling import REPORTED, USING_BACKUP, BackupRefused, live_backup_of, pull_backup
from access.backups.reporting import gives_backups
from access.models import AccessCode, Problem
from access.states import Seen

logger = logging.getLogger(__name__)

ACTOR = "Keyturn"
LONGEST_LEAD = dt.timedelta(hours=24)
MINUTE = Value(dt.timedelta(minutes=1), DurationField())


def sweep_backups(*, now: dt.datetime) -> int:
    """Return how many backups were given."""
    given = _each(_in_doubt(now=now), lambda code: _stand_in(code, now=now))
    given += _each(_reported(), lambda code: follow_up_report(code, now=now))
    _clear_warnings(now=now)
    sweep_pools(now=now)
    return given


def _each(codes: Iterable[AccessCode], act: Callable[[AccessCode], bool]) -> int:
    done = 0
    for code in codes:
        try:
            done += act(code)
        except BackupRefused:
            continue  # the pool is empty: its device says so, and the code's own problem is open
        except Exception as error:  # noqa: BLE001  -- one code must not keep the others from theirs
            logger.error("Backup for code %s: %s", code.pk, type(error).__name__)  # noqa: TRY400
    return done


def _stand_in(code: AccessCode, *, now: dt.datetime) -> bool:
    if not needs_backup(case_of(code, now=now), lead=lead_before(code), now=now):
        return False
    pull_backup(code, actor=ACTOR, now=now)
    return True


def _in_doubt(*, now: dt.datetime) -> QuerySet[AccessCode]:
    """Time-bound codes of stays near or running that are not plainly working, where a backup is on the lock."""
    minutes = ExpressionWrapper(
        F("grant__stay__unit__property__backup_minutes") * MINUTE, output_field=DurationField()
    )
    written_end = Cast(KeyTextTransform("ends_at", "written"), DateTimeField())
    there = Q(seen__in=(Seen.PRESENT, Seen.ASSUMED), set_at__isnull=False)
    lasts = Q(written_end=None) | Q(written_end__gte=Least(F("ends_at"), now + LONGEST_LEAD))
    pool = AccessCode.objects.filter(
        in_pool(),
        device=OuterRef("device"),
        confirmed_at__isnull=False,
        seen__in=(Seen.PRESENT, Seen.ASSUMED),
    )
    return (
        AccessCode.objects.filter(
            starts_at__lte=now + LONGEST_LEAD, ends_at__gt=now, ended_at=None, revoked_at=None,
            is_backup=False, is_managed=True, is_offline=False,
            grant__stay__unit__property__automatic_backup=True,
        )
        .annotate(lead=minutes, written_end=written_end)
        .filter(starts_at__lte=now + F("lead"))
        .exclude(there & lasts & Q(write_state="applied"))
        .exclude(Q(allow_external_modification=True) & ~Q(outside=""))  # left so by a person's word
        .filter(Exists(pool), ~Exists(_standing_in(OuterRef("pk"))))
        .select_related("device__account", "grant__stay__unit__property")
        .order_by("starts_at", "pk")
    )  # fmt: skip


def _reported() -> list[AccessCode]:
    problems = Problem.objects.filter(code=REPORTED, cleared_at=None).select_related(
        "access_code__device__account", "access_code__grant__stay__unit__property"
    )
    return [problem.access_code for problem in problems if problem.access_code is not None]


def follow_up_report(code: AccessCode, *, now: dt.datetime) -> bool:
    """A report was being checked: see what the lock said since, and give a backup where it does not bear the code out.
    Raise BackupRefused where there is none."""
    report = Problem.objects.filter(access_code=code, code=REPORTED, cleared_at=None).first()
    if report is None or not gives_backups(code) or live_backup_of(code) is not None:
        return False
    if not report_calls_for_backup(
        case_of(code, now=now), reported_at=report.raised_at, read_at=code.device.last_read_at, now=now
    ):
        return False
    pull_backup(code, actor=ACTOR, now=now)
    return True


def _clear_warnings(*, now: dt.datetime) -> None:
    """A warning about a backup ends with the backup; a report that came to nothing, after a while."""
    about = Problem.objects.filter(cleared_at=None)
    over = Q(access_code__ended_at__isnull=False) | Q(access_code__revoked_at__isnull=False)
    over |= Q(access_code__ends_at__lte=now)
    about.filter(code=USING_BACKUP).filter(over | ~Exists(_standing_in(OuterRef("access_code")))).update(
        cleared_at=now
    )
    about.filter(code=REPORTED).filter(over | Q(raised_at__lte=now - REPORT_KEPT)).update(cleared_at=now)


def _standing_in(original: OuterRef) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(pulled_for=original, ended_at=None, revoked_at=None)
