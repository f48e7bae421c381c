"""Times that a person agreed with the guest, above whatever the booking says; taken back by sending none."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from access.views.stays import stay_context, stays_with_places
from properties.booking import BookingError, ChangedMeanwhileError, override_times
from properties.forms.stays import TimesForm
from properties.tenancy import MemberRequest, fetch_or_404, manager_required
from properties.views.shared import UNPROCESSABLE

if TYPE_CHECKING:
    from django.http import HttpResponse

SET = "The times are changed; the code stays the same."
SAME = "These were the times already; nothing was changed."


@require_POST
@never_cache
@manager_required
def change_times(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form is refused with everything typed where the times are not those any more that its sender saw."""
    stay = fetch_or_404(stays_with_places(), request, public_id)
    form, now = TimesForm(request.POST, stay=stay), timezone.now()
    if form.is_valid():
        try:
            changed = override_times(
                stay,
                **form.times(),
                actor=request.user.email,
                now=now,
                expected_revision=form.cleaned_data["seen_revision"],
            )
        except ChangedMeanwhileError as meanwhile:
            form.show_changed(meanwhile)
            stay = fetch_or_404(stays_with_places(), request, public_id)
        except BookingError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, SET if changed.revision != stay.revision else SAME)
            return redirect("stay-detail", stay.public_id)
    context = {**stay_context(request, stay, now=now), "times_form": form, "version": ""}
    return render(request, "access/stay_detail.html", context, status=UNPROCESSABLE)
