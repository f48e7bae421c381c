"""Which channel is told what, and when: each alert once, again where it repeats, and that it is over.

What waits through quiet hours goes out as one digest at their end. A guest before the door waits for nothing. Notices
are sent at least once: whoever is killed between sending and noting it sends again, since an alert too many is better
than one too few.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from access.backups.pulling import REPORTED
from access.enums import AlertKind, NoticeStatus
from access.messaging.alerts.channels import note_outcome, send_to_channel
from access.messaging.alerts.quiet import QuietHours
from access.messaging.carrying import Fate
from access.models import Alert, AlertChannel, AlertNotice
from properties.models import Property

MINUTE: Final = dt.timedelta(minutes=1)
REPEAT_AFTER: Final = dt.timedelta(hours=1)
# What clears and comes back at once is told neither time.
SETTLED_AFTER: Final = 5 * MINUTE
CLEARED_TOLD: Final = dt.timedelta(days=1)
CLAIM: Final = 5 * MINUTE
RETRIES: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 60 * MINUTE, 180 * MINUTE)
OPENED, URGENT, AGAIN, CLEARED = "opened", "urgent", "again", "cleared"


def note_occasions(channel: AlertChannel, *, now: dt.datetime) -> None:
    """Write down what this channel has to be told and was not."""
    relevant = Q(cleared_at=None) | Q(cleared_at__gt=now - CLEARED_TOLD)
    wanted = Alert.objects.filter(relevant, workspace=channel.workspace_id, severity__in=channel.severities)
    alerts = list(wanted.exclude(severity=AlertKind.ENTRY, first_at__lt=channel.since))
    told: dict[int, list[AlertNotice]] = {}
    for notice in AlertNotice.objects.filter(channel=channel, alert__in=alerts).order_by("pk"):
        told.setdefault(notice.alert_id, []).append(notice)
    rows = [
        AlertNotice(channel=channel, alert=alert, occasion=occasion, made_at=now, next_try_at=now)
        for alert in alerts
        for occasion in occasions_of(alert, told.get(alert.pk, ()), now=now)
    ]
    AlertNotice.objects.bulk_create(rows, ignore_conflicts=True)


def occasions_of(alert: Alert, told: Sequence[AlertNotice], *, now: dt.datetime) -> list[str]:
    """What is to be said of an alert, by what was said of it. A guest's report that is over is not said to be settled:
    most of them end with the stay."""
    known = {notice.occasion for notice in told}
    if alert.severity == AlertKind.ENTRY:
        return [] if known else [OPENED]
    if alert.cleared_at is not None:
        over = f"{CLEARED} {alert.count}"
        heard = any(n.status == NoticeStatus.SENT and not n.occasion.startswith(CLEARED) for n in told)
        settled = alert.cleared_at <= now - SETTLED_AFTER and REPORTED not in alert.key.split(":")
        return [over] if heard and settled and over not in known else []
    if alert.is_urgent and URGENT not in known:
        return [URGENT]
    if not known:
        return [OPENED]
    again = f"{AGAIN} {alert.count}"
    last = max(told, key=lambda notice: notice.made_at)
    # Who heard that it was over must not believe that for another hour.
    late = last.occasion.startswith(CLEARED) or last.made_at <= now - REPEAT_AFTER
    return [again] if alert.count > 1 and again not in known and late else []


def tell_channel(channel: AlertChannel, *, quiet: QuietHours, now: dt.datetime) -> int:
    """Send what may go now, in one message; return how many notices that were."""
    going = _claim(channel, quiet=quiet, now=now)
    if not going:
        return 0
    subject, body = compose(going)
    outcome = send_to_channel(channel, subject=subject, body=body)
    note_outcome(channel, outcome, now=now)
    _settle(going, sent=outcome.fate is Fate.SENT, now=now)
    return len(going)


@transaction.atomic
def _claim(channel: AlertChannel, *, quiet: QuietHours, now: dt.datetime) -> list[AlertNotice]:
    rows = AlertNotice.objects.select_for_update(of=("self",), skip_locked=True).filter(
        channel=channel, status=NoticeStatus.PENDING, next_try_at__lte=now
    )
    zone = _usual_zone(channel)
    going: list[AlertNotice] = []
    dropped: list[AlertNotice] = []
    for notice in rows.select_related("alert__place").order_by("alert__first_at", "pk"):
        alert = notice.alert
        if not alert.is_urgent and quiet.holds(now, alert.place.zone if alert.place is not None else zone):
            continue
        is_news = notice.occasion.startswith(CLEARED) == (alert.cleared_at is not None)
        # It settled before anybody was told: in a digest that is said, at once it is nothing.
        slept = not notice.occasion.startswith(CLEARED) and now - notice.made_at > SETTLED_AFTER
        (going if is_news or slept else dropped).append(notice)
    ids = [notice.pk for notice in going]
    AlertNotice.objects.filter(pk__in=ids).update(next_try_at=now + CLAIM)
    AlertNotice.objects.filter(pk__in=[one.pk for one in dropped]).update(status=NoticeStatus.DROPPED)
    return going


def _usual_zone(channel: AlertChannel) -> ZoneInfo:
    """Of what belongs to no property, such as an account: the clock of the first."""
    place = Property.objects.filter(workspace=channel.workspace_id).order_by("pk").first()
    return ZoneInfo("UTC") if place is None else place.zone


def _settle(notices: Iterable[AlertNotice], *, sent: bool, now: dt.datetime) -> None:
    for notice in notices:
        if sent:
            notice.status, notice.sent_at = NoticeStatus.SENT, now
        elif notice.failures >= len(RETRIES):
            notice.status = NoticeStatus.DROPPED
        else:
            notice.next_try_at = now + RETRIES[notice.failures]
            notice.failures += 1
        notice.save(update_fields=["status", "sent_at", "next_try_at", "failures"])


def compose(notices: Sequence[AlertNotice]) -> tuple[str, str]:
    """Subject and text. What is urgent comes first, then what is news, what is over last."""
    alerts = {notice.alert_id: notice.alert for notice in notices}
    news = [alert for alert in alerts.values() if alert.severity == AlertKind.ENTRY]
    rest = [alert for alert in alerts.values() if alert.severity != AlertKind.ENTRY]
    wrong = sorted(
        (alert for alert in rest if alert.cleared_at is None),
        key=lambda alert: (not alert.is_urgent, alert.severity != AlertKind.ERROR, alert.first_at),
    )
    over = [alert for alert in rest if alert.cleared_at is not None]
    blocks = [_block(alert) for alert in [*wrong, *news]]
    if over:
        blocks.append("\n".join(["No longer so:", *(f"- {alert.title}: {alert.text}" for alert in over)]))
    return _subject(wrong, news, over), "\n\n".join(blocks)


def _subject(wrong: Sequence[Alert], news: Sequence[Alert], over: Sequence[Alert]) -> str:
    if not wrong and news:
        first = f"Came in: {news[0].title}"
        return first if len(news) == 1 else f"{first}, and {len(news) - 1} more"
    if not wrong:
        return f"Settled: {over[0].title}" if len(over) == 1 else f"{len(over)} things are settled"
    first = f"{'At the door: ' if wrong[0].is_urgent else ''}{wrong[0].title}"
    return first if len(wrong) == 1 else f"{first}, and {len(wrong) - 1} more"


def _block(alert: Alert) -> str:
    times = f" (×{alert.count})" if alert.count > 1 else ""  # noqa: RUF001 -- a sign for times
    return f"{alert.title}{times}\n{alert.text}\n{settings.KEYTURN_PUBLIC_URL}{alert.path}"
