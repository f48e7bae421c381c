"""Access codes over REST, read only: what stands on which door, until when, and how well that is known.

The PIN is shown to keys with the scope reveal, and each look is written down. Codes of a lock's backup pool that nobody
was given are not listed.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import may_reveal, seen
from access.api.fetching import fetch, id_parameter
from access.api.fields import MomentField
from access.api.paging import answer_page, read_query
from access.api.schema import answers
from access.api.serializers import PageQuery, Shape
from access.api.showing import is_shown, note_shown, show_door
from access.models import AccessCode
from access.overview import DoorAccess, access_of_code
from access.states import CodeState
from properties.models import Property

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.models import Stay
    from properties.scoping import ScopedQuerySet

KINDS: Final = ("reservation", "staff", "other")


class CodeQuery(PageQuery):
    property = serializers.UUIDField(required=False)
    door = serializers.UUIDField(required=False)
    device = serializers.UUIDField(required=False)
    reservation = serializers.UUIDField(required=False)
    staff_access = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(KINDS, required=False, help_text="Whose codes.")
    ended = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=False,
        help_text="false (usual): only those that are not gone.",
    )
    starting_before = MomentField(required=False, help_text="With its offset, or Z.")
    ending_after = MomentField(required=False)


class CodeOwnerOut(Shape):
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    external_id = serializers.CharField()


class CodeOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    reservation = CodeOwnerOut(allow_null=True)
    staff_access = serializers.UUIDField(allow_null=True)
    door = serializers.CharField()
    door_id = serializers.UUIDField(allow_null=True)
    device = serializers.UUIDField()
    property = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField([state.value for state in CodeState])
    label = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    reason = serializers.CharField(help_text="A sentence.")
    active_from = serializers.DateTimeField(allow_null=True, help_text="null: from the beginning.")
    active_to = serializers.DateTimeField(allow_null=True, help_text="null: without end.")
    program_at = serializers.DateTimeField(allow_null=True)
    is_backup = serializers.BooleanField()
    is_offline = serializers.BooleanField(help_text="Computed by the lock system; cannot be taken back.")
    code = serializers.CharField(allow_null=True, help_text="Only for keys with the scope reveal.")
    code_hidden = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was known to be gone for good.")


class CodePage(Shape):
    results = CodeOut(many=True)
    next = serializers.URLField(allow_null=True)


FILTERS: Final = {
    "property": "device__door__property__public_id",
    "door": "device__door__public_id",
    "device": "device__public_id",
    "reservation": "grant__stay__public_id",
    "staff_access": "grant__staff__public_id",
}


@extend_schema(
    operation_id="list_access_codes",
    parameters=[CodeQuery],
    responses=answers({200: CodePage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_codes(request: Request) -> Response:
    """Access codes and what is known of each, lock by lock."""
    query = read_query(request, CodeQuery)
    mine = seen(request, AccessCode)
    rows = complete(mine).filter(
        _matching(query), **{FILTERS[name]: value for name, value in query.items() if name in FILTERS}
    )
    return answer_page(request, rows, mine, query, CodeOut, show_codes, by="device_id")


@extend_schema(
    operation_id="get_access_code",
    parameters=[id_parameter("access code")],
    responses=answers({200: CodeOut}, 401, 403, 404, 429),
)
@api_view(["GET"])
def one_code(request: Request, public_id: uuid.UUID) -> Response:
    """One access code."""
    (shown,) = show_codes(request, [fetch(complete(seen(request, AccessCode)), public_id)])
    return Response(CodeOut(shown).data)


def complete(codes: ScopedQuerySet[AccessCode]) -> ScopedQuerySet[AccessCode]:
    given_out = ~Q(is_backup=True, pulled_for=None)
    return codes.filter(given_out, is_managed=True).select_related(
        "device__account", "device__door__property", "grant__stay", "grant__staff"
    )


def _matching(query: dict[str, Any]) -> Q:
    found = Q()
    if query["ended"] is not None:
        found &= Q(ended_at__isnull=not query["ended"])
    if "starting_before" in query:
        found &= Q(starts_at=None) | Q(starts_at__lt=query["starting_before"])
    if "ending_after" in query:
        found &= Q(ends_at=None) | Q(ends_at__gt=query["ending_after"])
    match query.get("kind"):
        case "reservation":
            found &= Q(grant__stay__isnull=False)
        case "staff":
            found &= Q(grant__staff__isnull=False)
        case "other":
            found &= Q(grant__stay=None, grant__staff=None)
    return found


def show_codes(request: Request, codes: Sequence[AccessCode]) -> list[dict[str, Any]]:
    now, reveal = timezone.now(), may_reveal(request)
    lines = [access_of_code(code, _place_of(code), now=now) for code in codes]
    if reveal:
        note_shown(request, [code for code, line in zip(codes, lines, strict=True) if is_shown(line)])
    return [_show(code, line, reveal=reveal) for code, line in zip(codes, lines, strict=True)]


def _show(code: AccessCode, line: DoorAccess, *, reveal: bool) -> dict[str, Any]:
    stay = code.grant.stay if code.grant is not None else None
    staff = getattr(code.grant, "staff", None)
    return show_door(line, reveal=reveal) | {
        "id": code.public_id,
        "name": code.name,
        "kind": "reservation" if stay is not None else "staff" if staff is not None else "other",
        "reservation": None if stay is None else _owner(stay),
        "staff_access": None if staff is None else staff.public_id,
        "device": code.device.public_id,
        "property": line.door.property.public_id if line.door is not None else None,
        "is_offline": code.is_offline,
        "created_at": code.created_at,
        "ended_at": code.ended_at,
    }


def _owner(stay: Stay) -> dict[str, Any]:
    return {"id": stay.public_id, "source": stay.source, "external_id": stay.external_id}


def _place_of(code: AccessCode) -> Property:
    """Sentences tell the time of the house; a lock that is nobody's door has a time zone of its own at most."""
    if hasattr(code.device, "door"):
        return code.device.door.property
    return Property(time_zone=code.device.time_zone or "UTC")
