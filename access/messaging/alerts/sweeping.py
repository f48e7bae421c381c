"""Each minute, and at once when a guest reports a code: bring alerts up to date, and tell the channels."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Final

from access.messaging.alerts.causes import causes_of
from access.messaging.alerts.entering import news_of
from access.messaging.alerts.keeping import keep_alerts
from access.messaging.alerts.quiet import QuietHours
from access.messaging.alerts.telling import note_occasions, tell_channel
from access.models import AlertChannel
from properties.models import Workspace

logger = logging.getLogger(__name__)

# Mail servers that do not answer must not take the time of those that do; what is left waits for the next minute.
BUDGET_SECONDS: Final = 45.0


def sweep_alerts(*, now: dt.datetime) -> int:
    """Return how many notices went out. Workspaces without a channel are not looked at: nobody would hear of it."""
    channels: dict[int, list[AlertChannel]] = {}
    for channel in AlertChannel.objects.filter(is_active=True).order_by("pk"):
        channels.setdefault(channel.workspace_id, []).append(channel)
    begun, told = time.monotonic(), 0
    for workspace in Workspace.objects.filter(pk__in=channels).order_by("pk"):
        if time.monotonic() - begun > BUDGET_SECONDS:
            break
        told += _sweep(workspace, channels[workspace.pk], now=now)
    return told


def _sweep(workspace: Workspace, channels: list[AlertChannel], *, now: dt.datetime) -> int:
    quiet, told = QuietHours(workspace.quiet_from, workspace.quiet_until), 0
    try:
        causes = [*causes_of(workspace, now=now), *news_of(workspace, channels, now=now)]
        keep_alerts(workspace, causes, now=now)
        for channel in channels:
            note_occasions(channel, now=now)
            told += tell_channel(channel, quiet=quiet, now=now)
    except Exception as error:  # noqa: BLE001  -- one workspace must not keep the others from their alerts
        logger.error("Alerts of workspace %s: %s", workspace.pk, type(error).__name__)  # noqa: TRY400
    return told
