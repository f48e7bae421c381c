"""How the deliverer hears that there is something to tell: PostgreSQL's NOTIFY, at the commit.

A trigger rings for each statement that writes events, whoever sends it (migration 0019); what a person wants to have
sent again rings by `ring_deliverer`.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

CHANNEL: Final = "keyturn_events"


def ring_deliverer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
