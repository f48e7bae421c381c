"""The one helper by which everything a person or program sees is limited to a workspace.

Each model names the lookup that leads to its workspace in `workspace_path`; `in_workspace` is what every page,
partial, task and API call starts from. `PublicModel` adds the id that appears outside: rows have a bigint key
inside (small, ordered, usable in PostgreSQL ranges) and a random UUID in URLs and APIs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from properties.models import Workspace

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[M_co]):
    def in_workspace(self, workspace: Workspace) -> Self:
        path: str = self.model.workspace_path  # type: ignore[attr-defined]  # every ScopedModel has it
        shown: Mapping[str, Any] = self.model.shown  # type: ignore[attr-defined]  # as above
        return self.filter(**{path: workspace, **shown})


class ScopedModel(models.Model):
    """`shown`: lookups that rows must meet besides, where some are kept for their history and shown to nobody."""

    workspace_path: ClassVar[str] = "workspace"
    shown: ClassVar[Mapping[str, Any]] = {}

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class PublicModel(ScopedModel):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
