"""The one helper by which everything a person or program sees is limited to a workspace.

Each model names the lookup that leads to its workspace in `workspace_path`; `in_workspace` is what every page,
partial, task and API call starts from. `PublicModel` adds the id that appears outside: rows have a bigint key
inside (small, ordered, usable in PostgreSQL ranges) and a random UUID in URLs and APIs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

from properties import quick_writes

if TYPE_CHECKING:
    from properties.models import Workspace

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[M_co]):
    def in_workspace(self, workspace: Workspace | int) -> Self:
        path: str = self.model.workspace_path  # type: ignore[attr-defined]  # every ScopedModel has it
        shown: Mapping[str, Any] = self.model.shown  # type: ignore[attr-defined]  # as above
        return self.filter(**{path: workspace, **shown})

    def _insert(self, objs: Sequence[Any], fields: Sequence[Any], **options: Any) -> Any:
        """Where Django's `save()`, `create()` and `bulk_create()` all come through."""
        if options.get("on_conflict") is None and options.get("returning_fields"):
            using = options.get("using") or self.db
            returning, raw = options["returning_fields"], options.get("raw", False)
            made = quick_writes.insert(objs, fields, returning, using=using, raw=raw)
            if made is not None:
                return made
        return super()._insert(objs, fields, **options)  # type: ignore[misc]  # private, and so not in the stubs

    _insert.queryset_only = False  # type: ignore[attr-defined]  # how Django has managers offer it


class ScopedModel(models.Model):
    """`shown`: lookups that rows must meet besides, where some are kept for their history and shown to nobody."""

    workspace_path: ClassVar[str] = "workspace"
    shown: ClassVar[Mapping[str, Any]] = {}

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    # Where Django's `save()` comes through; the stubs are of another version, so the arguments go on as they came.
    def _do_insert(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            _, using, fields, returning, raw = args
            made = quick_writes.insert([self], fields, returning, using=using, raw=raw)
            if made is not None:
                return made
        return super()._do_insert(*args, **kwargs)  # type: ignore[misc]  # private, and not in the stubs

    def _do_update(self, *args: Any, **kwargs: Any) -> Any:
        _, using, pk, values, *_ = args
        if values and not kwargs:
            table, key = self._meta.db_table, str(self._meta.pk.column)
            found = quick_writes.update(table, key, pk, values, using=using)
            if found is not None:
                return found
        return super()._do_update(*args, **kwargs)


class PublicModel(ScopedModel):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
