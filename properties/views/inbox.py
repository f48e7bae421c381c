"""The word of a person on calendar events that could be a stay or a block: one, or all that are ticked.

Pages grow old: whoever decides sends what they saw, and what somebody else decided meanwhile is left as it is.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from properties.booking import BookingError
from properties.calendars.deciding import decide_event
from properties.enums import Decision
from properties.models import FeedEvent
from properties.tenancy import MemberRequest, fetch_or_404, manager_required

if TYPE_CHECKING:
    from django.http import HttpResponse

DECISIONS: Final = {"accept": Decision.ACCEPTED, "ignore": Decision.IGNORED}
# As many as a page shows; each is a transaction of its own.
AT_ONCE: Final = 100


@require_POST
@manager_required
def decide_on_event(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    event = fetch_or_404(FeedEvent.objects.select_related("feed__unit__property"), request, public_id)
    decision = _decision(request)
    if request.POST.get("seen", event.decision) != event.decision:
        said = "a stay" if event.decision == Decision.ACCEPTED else "not a stay"
        messages.warning(
            request, f"{event.decided_by or 'Somebody else'} decided meanwhile: it is {said}. It is left so."
        )
        return _back(request, reverse("feed-detail", args=[event.feed.public_id]))
    try:
        decide_event(event, decision=decision, actor=request.user.email, now=timezone.now())
    except BookingError as problem:
        messages.error(request, str(problem))
    else:
        accepted = decision == Decision.ACCEPTED
        messages.success(request, "It is a stay now." if accepted else "Noted: it is not a stay.")
    return _back(request, reverse("feed-detail", args=[event.feed.public_id]))


@require_POST
@manager_required
def decide_on_ticked(request: MemberRequest) -> HttpResponse:
    """Only what still waits; one that cannot be a stay spoils no other."""
    decision, done, problems = _decision(request), 0, []
    ticked = _ids(request.POST.getlist("event"))
    waiting = FeedEvent.objects.in_workspace(request.workspace).filter(
        public_id__in=ticked, decision=Decision.PENDING, retired_at=None
    )
    found = list(waiting.order_by("arrival_date", "pk")[:AT_ONCE])
    for event in found:
        try:
            decide_event(event, decision=decision, actor=request.user.email, now=timezone.now())
        except BookingError as problem:
            problems.append(f"{event.arrival_date:%-d %b %Y}: {problem}")
        else:
            done += 1
    _tell(request, decision, done=done, problems=problems, gone=len(ticked) - len(found))
    return _back(request, reverse("feed-list"))


def _tell(request: MemberRequest, decision: Decision, *, done: int, problems: list[str], gone: int) -> None:
    if done:
        number = "1 event is" if done == 1 else f"{done} events are"
        what = "booked as a stay" if decision == Decision.ACCEPTED else "noted as no stay"
        messages.success(request, f"{number} {what}.")
    for sentence in problems:
        messages.error(request, sentence)
    if gone:
        messages.warning(request, f"{gone} of them waited no longer: somebody or the calendar was faster.")
    if not (done or problems or gone):
        messages.error(request, "Nothing was ticked. Tick the events that you mean, then say what they are.")


def _decision(request: MemberRequest) -> Decision:
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if decision is None:
        raise BadRequest("Say whether it is a stay: accept or ignore.")
    return decision


def _ids(texts: list[str]) -> set[uuid.UUID]:
    found = set()
    for text in texts:
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _back(request: MemberRequest, usual: str) -> HttpResponse:
    wanted = request.POST.get("next", "")
    here = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    # Not redirect(), which takes a word for the name of a view.
    return HttpResponseRedirect(wanted if here else usual)
