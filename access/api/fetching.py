"""One row by the id in the address: what is not there, or not seen by this key, is not found."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound

from access.api.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from properties.scoping import PublicModel

M = TypeVar("M", bound="PublicModel")


def id_parameter(what: str) -> OpenApiParameter:
    return OpenApiParameter(
        "public_id", uuid.UUID, OpenApiParameter.PATH, description=f"The id of the {what}."
    )


def fetch(rows: QuerySet[M], public_id: uuid.UUID) -> M:
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is nothing with this id.")
    return found


def fetch_named(rows: QuerySet[M], public_ids: Iterable[uuid.UUID], *, field: str, what: str) -> list[M]:
    """Rows that a body names, in its order."""
    wanted = list(dict.fromkeys(public_ids))
    found = {row.public_id: row for row in rows.filter(public_id__in=wanted)}
    missing = [str(one) for one in wanted if one not in found]
    if missing:
        raise Invalid({field: f"There is no such {what}: {', '.join(missing[:5])}."})
    return [found[one] for one in wanted]


def given(sent: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: sent[name] for name in names if name in sent}
