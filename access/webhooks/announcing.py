"""Give events their place in the order in which programs read them (`Event.position`).

A key is given when a row is written, and rows become visible when they are committed, in another order: who reads on
from the highest key misses what was committed late. So places are given after the commit, by whoever holds one lock
until its own commit: when a place is visible, every lower one is, for good.
"""

from __future__ import annotations

from django.db import connection, transaction

AT_ONCE = 1_000
# The first key of a two-key advisory lock; any number that nothing else uses.
LOCK_SPACE = 0x4B55

_GIVE_PLACES = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM access_event WHERE position IS NULL ORDER BY id LIMIT %s
), placed AS MATERIALIZED (
    SELECT id, nextval('access_event_position') AS place FROM (SELECT id FROM waiting ORDER BY id) AS in_order
)
UPDATE access_event SET position = placed.place FROM placed WHERE access_event.id = placed.id
"""


def announce_events() -> int:
    """Give a place to each event that has none; return to how many. One transaction for each thousand."""
    announced = 0
    while True:
        given = _announce_some()
        announced += given
        if given < AT_ONCE:
            return announced


def _announce_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
        cursor.execute(_GIVE_PLACES, [AT_ONCE])
        given: int = cursor.rowcount
        return given
