"""Closed vocabularies of stays and feeds."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    STAFF = "staff", "Staff"


class PinPolicy(models.TextChoices):
    """Which PIN a guest's code gets, where the booking asks for none."""

    RANDOM = "random", "Random digits"
    PHONE = "phone", "The last four digits of the guest's phone"


class StayKind(models.TextChoices):
    GUEST = "guest", "Guest"
    OWNER = "owner", "Owner stay"
    BLOCK = "block", "Block"
    LEASE = "lease", "Lease"


class StayStatus(models.TextChoices):
    TENTATIVE = "tentative", "Tentative"
    CONFIRMED = "confirmed", "Confirmed"
    CANCELLED = "cancelled", "Cancelled"


class CancelReason(models.TextChoices):
    """Why a stay was cancelled; absence is our own inference and may be undone with the same PIN."""

    EXPLICIT = "explicit", "Cancelled by its source"
    ABSENCE = "absence", "No longer in the calendar"
    PERSON = "person", "Cancelled by a person"


class Channel(models.TextChoices):
    AIRBNB = "airbnb", "Airbnb"
    VRBO = "vrbo", "Vrbo"
    BOOKING_COM = "booking_com", "Booking.com"
    GUESTY = "guesty", "Guesty"
    HOSPITABLE = "hospitable", "Hospitable"
    SMOOBU = "smoobu", "Smoobu"
    BRIDGE = "bridge", "Bridge"
    GENERIC = "generic", "Calendar"


class EventClass(models.TextChoices):
    """What a calendar event is taken for (facts/calendars.md 4.4)."""

    STAY = "stay", "Stay"
    BLOCK = "block", "Block"
    TENTATIVE = "tentative", "Tentative"
    AMBIGUOUS = "ambiguous", "Ambiguous"
    CANCELLED = "cancelled", "Cancelled"
    IGNORED = "ignored", "Ignored"


class Decision(models.TextChoices):
    """What a person (or the feed's policy) said of an event that the classifier could not settle."""

    NONE = "none", "Not needed"
    PENDING = "pending", "Waiting for a person"
    ACCEPTED = "accepted", "It is a stay"
    IGNORED = "ignored", "It is not a stay"


class AmbiguousPolicy(models.TextChoices):
    ASK = "ask", "Ask a person"
    ACCEPT = "accept", "Treat 1 to 28 nights as a stay"
    IGNORE = "ignore", "Ignore"


class FetchOutcome(models.TextChoices):
    OK = "ok", "Read"
    NOT_MODIFIED = "not_modified", "Not modified"
    SUSPECT = "suspect", "Read, but not trusted"
    FAILED = "failed", "Failed"
