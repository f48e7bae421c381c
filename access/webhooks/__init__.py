"""Tell other programs of events, by HTTP, at least once and in order.

`announcing` gives events their order; `endpoints` are the addresses; `running` is the loop that delivers, one `lane`
for each endpoint; `deliveries` shows what became of them and sends again. What an event looks like is telling's.
"""

from access.webhooks.announcing import announce_events
from access.webhooks.deliveries import (
    deliveries_in,
    deliveries_of,
    prune_deliveries,
    replay,
    replay_failed,
    replay_since,
)
from access.webhooks.endpoints import (
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    endpoints_of,
    rotate_secret,
    update_endpoint,
)
from access.webhooks.refusals import EndpointRefused

__all__ = [
    "EndpointRefused",
    "announce_events",
    "create_endpoint",
    "delete_endpoint",
    "deliveries_in",
    "deliveries_of",
    "disable_endpoint",
    "enable_endpoint",
    "endpoints_of",
    "prune_deliveries",
    "replay",
    "replay_failed",
    "replay_since",
    "rotate_secret",
    "update_endpoint",
]
