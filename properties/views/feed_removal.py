"""Remove a calendar, after a person has said what becomes of its stays. For managers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from properties.calendars.removing import coming_stays_of, remove_feed
from properties.forms.base import SectionedForm
from properties.models import CalendarFeed
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import form_page

if TYPE_CHECKING:
    from django.http import HttpResponse

KEEP, CANCEL = "keep", "cancel"


class RemoveFeedForm(SectionedForm):
    """No answer is chosen beforehand: one of them takes guests' codes away."""

    stays = forms.ChoiceField(
        label="What becomes of its stays that have not begun?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what becomes of its stays."},
    )

    def __init__(self, *args: Any, coming: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = "no stay" if not coming else "1 stay" if coming == 1 else f"{coming} stays"
        field = self.fields["stays"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = [
            (KEEP, "They remain, with their codes, and follow no calendar any more"),
            (CANCEL, f"They are cancelled, and get no code ({number})"),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete_feed(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    feed = fetch_or_404(CalendarFeed.objects.select_related("unit__property"), request, public_id)
    now = timezone.now()
    form = RemoveFeedForm(request.POST or None, coming=len(coming_stays_of(feed, now=now)))
    if form.is_valid():
        cancel = form.cleaned_data["stays"] == CANCEL
        gone = remove_feed(feed, cancel=cancel, actor=request.user.email, now=now)
        told = (
            f" {gone} stay{'' if gone == 1 else 's'} cancelled." if cancel else " Its stays are still there."
        )
        messages.success(request, f"The calendar {feed} is removed.{told}")
        return redirect("feed-list")
    return form_page(
        request,
        form,
        heading=f"Remove the calendar {feed}?",
        lead="It is read no longer, and its record of readings goes with it. Guests who are in the house keep their "
        "stay. Subscribed again later, the calendar makes its stays anew: then let these be cancelled now.",
        submit="Remove calendar",
        back=(reverse("feed-detail", args=[feed.public_id]), str(feed)),
    )
