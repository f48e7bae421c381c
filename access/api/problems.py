"""Problems over REST: what is wrong, since when, and with what; read only."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from access.api.authentication import seen
from access.api.fetching import fetch, id_parameter
from access.api.fields import MomentField
from access.api.paging import answer_page, read_query
from access.api.schema import answers
from access.api.serializers import PageQuery, Shape
from access.enums import ProblemKind
from access.models import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from properties.scoping import ScopedQuerySet

ROWS: Final = (
    "account", "device__account", "device__door", "access_code__device__account", "access_code__device__door",
    "access_code__grant__stay", "stay",
)  # fmt: skip


class ProblemQuery(PageQuery):
    open = serializers.BooleanField(
        required=False, allow_null=True, default=True, help_text="true (usual): only those that hold now."
    )
    kind = serializers.ChoiceField(ProblemKind.choices, required=False)
    code = serializers.CharField(required=False)
    raised_since = MomentField(required=False)
    cleared_since = MomentField(required=False, help_text="Goes with open=false.")
    reservation = serializers.UUIDField(required=False)
    device = serializers.UUIDField(required=False)


class ProblemOut(Shape):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ProblemKind.choices)
    code = serializers.CharField(help_text="The name of this problem, for programs.")
    message = serializers.CharField(help_text="A sentence, for people.")
    raised_at = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True)
    reservation = serializers.UUIDField(allow_null=True)
    access_code = serializers.UUIDField(allow_null=True)
    door = serializers.UUIDField(allow_null=True)
    device = serializers.UUIDField(allow_null=True)
    account = serializers.UUIDField(allow_null=True)


class ProblemPage(Shape):
    results = ProblemOut(many=True)
    next = serializers.URLField(allow_null=True)


@extend_schema(
    operation_id="list_problems",
    parameters=[ProblemQuery],
    responses=answers({200: ProblemPage}, 401, 403, 422, 429),
)
@api_view(["GET"])
def list_problems(request: Request) -> Response:
    """What is wrong, or was."""
    query = read_query(request, ProblemQuery)
    mine = seen(request, Problem)
    rows = complete(mine).filter(_matching(query))
    return answer_page(request, rows, mine, query, ProblemOut, show_problems)


@extend_schema(
    operation_id="get_problem",
    parameters=[id_parameter("problem")],
    responses=answers({200: ProblemOut}, 401, 403, 404, 429),
)
@api_view(["GET"])
def one_problem(request: Request, public_id: uuid.UUID) -> Response:
    """One problem."""
    (shown,) = show_problems(request, [fetch(complete(seen(request, Problem)), public_id)])
    return Response(ProblemOut(shown).data)


def complete(problems: ScopedQuerySet[Problem]) -> ScopedQuerySet[Problem]:
    return problems.select_related(*ROWS)


def _matching(query: dict[str, Any]) -> Q:
    found = Q()
    if query["open"] is not None:
        found &= Q(cleared_at__isnull=query["open"])
    names = {
        "kind": "kind",
        "code": "code",
        "raised_since": "raised_at__gte",
        "cleared_since": "cleared_at__gte",
    }
    found &= Q(**{names[name]: value for name, value in query.items() if name in names})
    if "reservation" in query:
        stay = query["reservation"]
        found &= Q(stay__public_id=stay) | Q(access_code__grant__stay__public_id=stay)
    if "device" in query:
        device = query["device"]
        found &= Q(device__public_id=device) | Q(access_code__device__public_id=device)
    return found


def show_problems(request: Request, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [_show(problem) for problem in problems]


def _show(problem: Problem) -> dict[str, Any]:
    code = problem.access_code
    device = problem.device or (code.device if code is not None else None)
    account = problem.account or (device.account if device is not None else None)
    stay = problem.stay or (code.grant.stay if code is not None and code.grant is not None else None)
    door = getattr(device, "door", None)
    subjects = {"reservation": stay, "access_code": code, "door": door, "device": device, "account": account}
    plain = ("kind", "code", "message", "raised_at", "cleared_at")
    return {
        "id": problem.public_id,
        **{name: getattr(problem, name) for name in plain},
        **{name: None if row is None else row.public_id for name, row in subjects.items()},
    }
