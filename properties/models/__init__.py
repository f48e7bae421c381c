"""People and tenants (`people`), places (`places`), who stays where (`stays`), calendar feeds (`feeds`)."""

from properties.models.feeds import CalendarFeed, FeedEvent, FeedFetch
from properties.models.people import Membership, User, Workspace, WorkspaceChange
from properties.models.places import Property, Unit
from properties.models.stays import Guest, Stay, StayChange

__all__ = [
    "CalendarFeed",
    "FeedEvent",
    "FeedFetch",
    "Guest",
    "Membership",
    "Property",
    "Stay",
    "StayChange",
    "Unit",
    "User",
    "Workspace",
    "WorkspaceChange",
]
