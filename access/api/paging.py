"""Lists in pages: a query that is checked strictly, and a cursor that survives rows coming and going.

The cursor is the public id of the last row shown, so that it means nothing outside its workspace. A filter that is
misspelt is refused, since leaving it out would silently answer with everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rest_framework.response import Response

from access.api.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rest_framework.request import Request

    from access.api.serializers import Shape
    from properties.scoping import PublicModel, ScopedQuerySet

M = TypeVar("M", bound="PublicModel")


def read_query(request: Request, shape: type[Shape]) -> dict[str, Any]:
    query = shape(data=request.query_params.dict())
    strange = sorted(set(request.query_params) - set(query.fields))
    if strange:
        known = ", ".join(sorted(query.fields))
        raise Invalid(dict.fromkeys(strange, f"There is no such filter. There are: {known}."))
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def read_page(
    rows: ScopedQuerySet[M], everything: ScopedQuerySet[M], query: Mapping[str, Any], *, by: str = "pk"
) -> tuple[list[M], M | None]:
    """Return the rows of the page and, if more follow, its last one. `everything` is where the cursor is looked up.

    `by`: the column that leads the order, where that of rows would lead through those of all other workspaces.
    """
    if "cursor" in query:
        after = everything.filter(public_id=query["cursor"]).values_list(by, "pk").first()
        if after is None:
            raise Invalid({"cursor": "This cursor is not known; begin again without one."})
        rows = rows.filter(**{f"{by}__gte": after[0]}).exclude(**{by: after[0], "pk__lte": after[1]})
    limit = query["limit"]
    found = list(rows.order_by(*dict.fromkeys((by, "pk")))[: limit + 1])
    return found[:limit], found[limit - 1] if len(found) > limit else None


def answer_page(
    request: Request,
    rows: ScopedQuerySet[M],
    everything: ScopedQuerySet[M],
    query: Mapping[str, Any],
    shape: type[Shape],
    show: Callable[[Request, Sequence[M]], Sequence[Mapping[str, Any]]],
    *,
    by: str = "pk",
) -> Response:
    page, last = read_page(rows, everything, query, by=by)
    shown = shape(show(request, page), many=True).data
    return Response({"results": shown, "next": next_address(request, last)})


def next_address(request: Request, last: PublicModel | None) -> str | None:
    if last is None:
        return None
    params = request.query_params.copy()
    params["cursor"] = str(last.public_id)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
