"""The record of a stay for print: proof when a guest, a booking site and a lock's maker blame each other."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from access.issuing import reveal_pins
from access.overview import access_of_stay
from access.stay_pages import proof_of, records_of, seen_by, window_page
from access.views.stays import stays_with_places
from properties.tenancy import MemberRequest, fetch_or_404, manager_required, may_manage, member_required

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from properties.models import Stay


@require_safe
@never_cache
@member_required
def show_proof(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Never with a PIN."""
    stay = fetch_or_404(stays_with_places(), request, public_id)
    return render(request, "access/stay/proof.html", _context(request, stay, now=timezone.now()))


@sensitive_variables("pins", "context")
@require_POST
@never_cache
@manager_required
def show_proof_with_code(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """With the PIN, on a person's word; the look is written down, and the record tells of it."""
    stay = fetch_or_404(stays_with_places(), request, public_id)
    grant, now = stay.grants.filter(revoked_at=None).first(), timezone.now()
    pins = reveal_pins(grant, actor=request.user.email, now=now) if grant is not None else ()
    context = {**_context(request, stay, now=now), "pins": pins, "asked_for_pins": True}
    return render(request, "access/stay/proof.html", context)


def _context(request: MemberRequest, stay: Stay, *, now: dt.datetime) -> dict[str, Any]:
    access, records = access_of_stay(stay, now=now), records_of(stay)
    return {
        "stay": stay,
        "zone": stay.unit.property.zone,
        "access": access,
        "proof": proof_of(stay, access, records, with_contact=may_manage(request.membership), now=now),
        "window": window_page(stay),
        "agreed_by": records.agreed_by,
        "buffers_by": records.buffers_by,
        "seen": seen_by(access.grant) if access.grant is not None else None,
        "printed_at": now,
    }
