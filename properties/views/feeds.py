"""Calendar feeds: list with the inbox of ambiguous events, one feed with its fetches, and what a person may do.

The word of a person on an event is taken by properties.views.inbox.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from properties.calendars import feeds
from properties.calendars.feeds import FeedError
from properties.enums import Decision
from properties.forms.base import add_domain_errors
from properties.forms.feeds import FeedForm
from properties.forms.together import tell_kept
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Unit
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, member_required
from properties.views.shared import form_page, is_unchanged, page_of, render_live, unchanged

if TYPE_CHECKING:
    from django.http import HttpResponse

FETCHES_SHOWN = 20
EVENTS_SHOWN = 100


@require_safe
@member_required
def list_feeds(request: MemberRequest) -> HttpResponse:
    latest = FeedFetch.objects.filter(feed=OuterRef("pk")).order_by("-started_at")
    waiting = Q(feed_events__decision=Decision.PENDING, feed_events__retired_at=None)
    rows = (
        CalendarFeed.objects.in_workspace(request.workspace)
        .select_related("unit__property")
        .annotate(
            last_outcome=Subquery(latest.values("outcome")[:1]),
            last_message=Subquery(latest.values("message")[:1]),
            waiting=Count("feed_events", filter=waiting),
        )
        .order_by("unit__property__name", "unit__name", "name")
    )
    inbox = (
        FeedEvent.objects.in_workspace(request.workspace)
        .filter(decision=Decision.PENDING, retired_at=None)
        .select_related("feed__unit__property")
        .order_by("arrival_date", "pk")
    )
    context = {
        "page": page_of(rows, request),
        "inbox": first_of(inbox),
        "has_units": Unit.objects.in_workspace(request.workspace).exists(),
    }
    return render(request, "properties/feed_list.html", context)


@require_safe
@member_required
def show_feed(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    feed = fetch_or_404(CalendarFeed.objects.select_related("unit__property"), request, public_id)
    version = feed_version(feed)
    if is_unchanged(request, version):
        return unchanged()
    events = feed.feed_events.select_related("stay__guest").order_by("arrival_date", "pk")
    context = {
        "feed": feed,
        "fetches": list(feed.fetches.order_by("-started_at")[:FETCHES_SHOWN]),
        "waiting": first_of(events.filter(decision=Decision.PENDING, retired_at=None)),
        "events": first_of(events.exclude(decision=Decision.PENDING).filter(retired_at=None)),
    }
    return render_live(request, "properties/feed_detail.html", "live", context, version=version)


@dataclass(frozen=True, slots=True)
class Shown:
    """The first events of a list, and how many there are besides."""

    events: list[FeedEvent]
    more: int


def first_of(events: QuerySet[FeedEvent]) -> Shown:
    found = list(events[: EVENTS_SHOWN + 1])
    more = events.count() - EVENTS_SHOWN if len(found) > EVENTS_SHOWN else 0
    return Shown(found[:EVENTS_SHOWN], more)


def feed_version(feed: CalendarFeed) -> str:
    latest = feed.fetches.order_by("-started_at").values_list("pk", "finished_at").first()
    decided = feed.feed_events.filter(decision=Decision.PENDING, retired_at=None).count()
    return f"{latest[0] if latest else 0}-{bool(latest and latest[1])}-{decided}-{feed.is_active}"


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def create_feed(request: MemberRequest) -> HttpResponse:
    chosen = request.GET.get("unit")
    form = FeedForm(
        request.POST or None, workspace=request.workspace, initial={"unit": first_unit(request, chosen)}
    )
    if form.is_valid():
        try:
            given = dict(form.cleaned_data)
            feed = feeds.add_feed(given.pop("unit"), actor=request.user.email, now=timezone.now(), **given)
        except FeedError as problem:
            add_domain_errors(form, problem.errors)
        else:
            messages.success(request, "The calendar is subscribed; its first reading is on the way.")
            return redirect("feed-detail", feed.public_id)
    return form_page(
        request,
        form,
        heading="Add a calendar feed",
        lead="Keyturn reads the calendar every few minutes and turns its stays into door codes.",
        submit="Subscribe",
        back=(reverse("feed-list"), "Feeds"),
    )


def first_unit(request: MemberRequest, public_id: str | None) -> Unit | None:
    try:
        wanted = uuid.UUID(public_id or "")
    except ValueError:
        return None
    return Unit.objects.in_workspace(request.workspace).filter(public_id=wanted).first()


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit_feed(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    feed = fetch_or_404(CalendarFeed.objects.select_related("unit__property"), request, public_id)
    form = FeedForm(request.POST or None, workspace=request.workspace, feed=feed)
    if form.is_valid():
        try:
            feeds.change_feed(feed, actor=request.user.email, now=timezone.now(), **form.changed_values())
        except FeedError as problem:
            add_domain_errors(form, problem.errors)
        else:
            messages.success(request, "Saved.")
            tell_kept(request, form)
            return redirect("feed-detail", feed.public_id)
    return form_page(
        request,
        form,
        heading=f"Change {feed}",
        back=(reverse("feed-detail", args=[feed.public_id]), str(feed)),
    )


@require_POST
@manager_required
def act_on_feed(request: MemberRequest, public_id: uuid.UUID, action: str) -> HttpResponse:
    feed = fetch_or_404(CalendarFeed.objects.select_related("unit__property"), request, public_id)
    now, actor = timezone.now(), request.user.email
    if action == "fetch":
        feeds.fetch_now(feed, now=now)
        messages.info(request, "The calendar is being read now.")
    elif action == "pause":
        feeds.pause_feed(feed, actor=actor, now=now)
        messages.success(request, "Paused. Its stays stay as they are; nothing new is read.")
    elif action == "resume":
        try:
            feeds.resume_feed(feed, actor=actor, now=now)
        except FeedError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "Reading again.")
    elif action == "allow-absence":
        feeds.allow_mass_absence(feed, actor=actor, now=now)
        messages.success(
            request,
            "Understood. Stays that stay missing are cancelled after three readings over half an hour; "
            "where the calendar is empty, after twelve over six hours.",
        )
    else:
        raise Http404("No such action.")
    return redirect("feed-detail", feed.public_id)
