"""Calendar feeds over REST: list, add, change, stop; how the last fetch went and how much waits for a person's word.

A feed's address is a secret: it is taken, and answered masked.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import actor_of, key_of, seen
from access.api.fetching import fetch, given, id_parameter
from access.api.idempotency import PARAMETER, idempotent
from access.api.paging import answer_page, read_query
from access.api.parsing import object_of
from access.api.saving import find_unit
from access.api.schema import answers
from access.api.serializers import Shape, UnitQuery
from properties.calendars import feeds
from properties.enums import AmbiguousPolicy, Channel, Decision, FetchOutcome
from properties.models import CalendarFeed, FeedFetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet

FIELDS: Final = ("url", "name", "channel", "ambiguous_policy")


class FeedQuery(UnitQuery):
    unit = serializers.UUIDField(required=False)


class FeedChangeIn(Shape):
    url = serializers.CharField(required=False, help_text="A secret; answered masked.")
    name = serializers.CharField(required=False, allow_blank=True)
    channel = serializers.ChoiceField(
        Channel.choices, required=False, allow_blank=True, help_text="Empty: told from the calendar itself."
    )
    ambiguous_policy = serializers.ChoiceField(
        AmbiguousPolicy.choices, required=False, help_text="What becomes of entries that may be no booking."
    )
    is_active = serializers.BooleanField(required=False, help_text="false: not read any more.")


class FeedIn(FeedChangeIn):
    unit = serializers.UUIDField()
    url = serializers.CharField(help_text="A secret; answered masked.")


class FetchOut(Shape):
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(FetchOutcome.choices)
    http_status = serializers.IntegerField(allow_null=True)
    events = serializers.IntegerField()
    message = serializers.CharField()


class FeedOut(Shape):
    id = serializers.UUIDField()
    unit = serializers.UUIDField()
    property = serializers.UUIDField()
    name = serializers.CharField()
    masked_url = serializers.CharField()
    channel = serializers.CharField()
    ambiguous_policy = serializers.ChoiceField(AmbiguousPolicy.choices)
    is_active = serializers.BooleanField()
    next_fetch_at = serializers.DateTimeField(allow_null=True)
    last_good_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was last read without fault."
    )
    failures = serializers.IntegerField(help_text="Fetches in a row that failed.")
    last_fetch = FetchOut(allow_null=True)
    inbox_count = serializers.IntegerField(help_text="Entries that wait for a person's word.")


class FeedPage(Shape):
    results = FeedOut(many=True)
    next = serializers.URLField(allow_null=True)


@extend_schema(
    methods=["GET"],
    operation_id="list_calendar_feeds",
    parameters=[FeedQuery],
    responses=answers({200: FeedPage}, 401, 403, 422, 429),
    description="Calendar feeds, and how the last fetch of each went.",
)
@extend_schema(
    methods=["POST"],
    operation_id="add_calendar_feed",
    parameters=[PARAMETER],
    request=FeedIn,
    responses=answers({201: FeedOut}, 400, 401, 403, 409, 411, 413, 415, 422, 429),
    description="Subscribe to a calendar; its first reading follows at once.",
)
@api_view(["GET", "POST"])
def many_feeds(request: Request) -> Response:
    if request.method == "POST":
        return _add(request)
    query = read_query(request, FeedQuery)
    mine = seen(request, CalendarFeed)
    rows = complete(mine)
    names = {"unit": "unit__public_id", "property": "unit__property__public_id"}
    rows = rows.filter(**{names[name]: value for name, value in query.items() if name in names})
    return answer_page(request, rows, mine, query, FeedOut, show_feeds)


@extend_schema(
    methods=["GET"],
    operation_id="get_calendar_feed",
    description="One calendar feed, and how its last fetch went.",
    parameters=[id_parameter("feed")],
    responses=answers({200: FeedOut}, 401, 403, 404, 429),
)
@extend_schema(
    methods=["PATCH"],
    operation_id="change_calendar_feed",
    description="Change it, stop it or start it again; what is left out stays as it is.",
    parameters=[id_parameter("feed")],
    request=FeedChangeIn,
    responses=answers({200: FeedOut}, 400, 401, 403, 404, 411, 413, 415, 422, 429),
)
@extend_schema(
    methods=["DELETE"],
    operation_id="stop_calendar_feed",
    parameters=[id_parameter("feed")],
    request=None,
    responses=answers({200: FeedOut}, 401, 403, 404, 429),
    description="Stop reading the calendar. Its reservations stay as they are; is_active true starts it again.",
)
@api_view(["GET", "PATCH", "DELETE"])
def one_feed(request: Request, public_id: uuid.UUID) -> Response:
    feed = fetch(complete(seen(request, CalendarFeed)), public_id)
    if request.method == "DELETE":
        feeds.pause_feed(feed, actor=actor_of(request), now=timezone.now())
    elif request.method == "PATCH":
        _change(request, feed)
    return _answer(request, public_id, HTTPStatus.OK)


@idempotent
def _add(request: Request) -> Response:
    read = FeedIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    sent = read.validated_data
    unit = find_unit(key_of(request), sent["unit"])
    feed = feeds.add_feed(unit, **given(sent, FIELDS), actor=actor_of(request), now=timezone.now())
    if sent.get("is_active") is False:
        feeds.pause_feed(feed, actor=actor_of(request), now=timezone.now())
    return _answer(request, feed.public_id, HTTPStatus.CREATED)


@transaction.atomic
def _change(request: Request, feed: CalendarFeed) -> None:
    """All of it or nothing."""
    read = FeedChangeIn(data=object_of(request))
    read.is_valid(raise_exception=True)
    sent, actor, now = read.validated_data, actor_of(request), timezone.now()
    fields = given(sent, FIELDS)
    if fields:
        feeds.change_feed(feed, actor=actor, now=now, **fields)
    if "is_active" in sent and sent["is_active"] != feed.is_active:
        turn = feeds.resume_feed if sent["is_active"] else feeds.pause_feed
        turn(feed, actor=actor, now=now)


def _answer(request: Request, public_id: uuid.UUID, status: HTTPStatus) -> Response:
    (shown,) = show_feeds(request, [fetch(complete(seen(request, CalendarFeed)), public_id)])
    return Response(FeedOut(shown).data, status=status)


def complete(rows: ScopedQuerySet[CalendarFeed]) -> ScopedQuerySet[CalendarFeed]:
    latest = FeedFetch.objects.filter(feed=OuterRef("pk")).order_by("-started_at").values("pk")[:1]
    waiting = Q(feed_events__decision=Decision.PENDING, feed_events__retired_at=None)
    return rows.select_related("unit__property").annotate(
        latest=Subquery(latest), waiting=Count("feed_events", filter=waiting)
    )


def show_feeds(request: Request, rows: Sequence[CalendarFeed]) -> list[dict[str, Any]]:
    """Feeds as `complete` loads them; their last fetches are asked for together."""
    kept: list[Any] = list(rows)
    fetches = FeedFetch.objects.in_bulk([feed.latest for feed in kept if feed.latest is not None])
    return [_show(feed, fetches.get(feed.latest)) for feed in kept]


def _show(feed: Any, last: FeedFetch | None) -> dict[str, Any]:
    plain = (
        *("name", "masked_url", "channel", "ambiguous_policy", "is_active"),
        *("next_fetch_at", "last_good_at", "failures"),
    )
    return {name: getattr(feed, name) for name in plain} | {
        "id": feed.public_id,
        "unit": feed.unit.public_id,
        "property": feed.unit.property.public_id,
        "last_fetch": last,
        "inbox_count": feed.waiting,
    }
