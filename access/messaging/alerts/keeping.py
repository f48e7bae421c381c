"""Make the open alerts of a workspace those that hold now. What comes back soon is the same alert, once more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from access.messaging.alerts.causes import Cause
from access.models import Alert
from properties.models import Workspace

COLLAPSE: Final = dt.timedelta(hours=6)


@transaction.atomic
def keep_alerts(workspace: Workspace, causes: Sequence[Cause], *, now: dt.datetime) -> None:
    # One sweep at a time for a workspace.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    known = {alert.key: alert for alert in Alert.objects.filter(workspace=workspace, cleared_at=None)}
    holding = {cause.key: cause for cause in causes}
    gone = [alert.pk for key, alert in known.items() if key not in holding]
    Alert.objects.filter(pk__in=gone).update(cleared_at=now)
    lately = {
        alert.key: alert
        for alert in Alert.objects.filter(
            workspace=workspace, key__in=holding.keys() - known.keys(), cleared_at__gt=now - COLLAPSE
        ).order_by("cleared_at")
    }
    for key, cause in holding.items():
        alert = known.get(key)
        if alert is None:
            alert = lately.get(key) or Alert(workspace=workspace, key=key, first_at=now, count=0)
            alert.count, alert.last_at, alert.cleared_at = alert.count + 1, now, None
        if _follow(alert, cause) or key not in known:
            alert.save()


def _follow(alert: Alert, cause: Cause) -> bool:
    """Bring the alert up to date; tell whether that changed it."""
    wanted = {
        "severity": cause.severity,
        "is_urgent": cause.is_urgent,
        "title": cause.title[:200],
        "text": cause.text[:400],
        "path": cause.path,
        "place_id": cause.place.pk if cause.place is not None else None,
    }
    changed = {name: value for name, value in wanted.items() if getattr(alert, name) != value}
    for name, value in changed.items():
        setattr(alert, name, value)
    return bool(changed)
