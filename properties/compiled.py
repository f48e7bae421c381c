"""Queries that are asked all the time: written in the ORM, turned into SQL once.

`@compiled` on a function that returns a queryset makes it a function that returns the rows. The function itself runs
once, with placeholders for its arguments; each call only fills them in, which costs a tenth of building and compiling
the query anew. Arguments are plain values that stand on the right of a lookup: an id, a text, a moment, or a list of
ids or texts (after `__in`); never None, never an enum's member, never what decides how the query looks.

It is for what happens with each look at a lock or each change of a stay; everything else stays a plain queryset.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.query import get_related_populators as populators_of

P = ParamSpec("P")
RowT = TypeVar("RowT")

# Each of a list's lengths would be another statement; an array is one value.
_IN_SLOT = re.compile(r"IN \((/\*\w+\*/%s)\)")
_SLOT_NAME = re.compile(r"/\*\w+\*/")


class _Slot(Expression):
    """The place of an argument."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return f"/*{self.name}*/%s", [self]

    def __repr__(self) -> str:
        return f"<{self.name}>"


class _Plan(Generic[RowT]):
    """One queryset as SQL with all that is needed to make rows of what it finds."""

    def __init__(self, queryset: QuerySet[Any, RowT]) -> None:
        compiler = queryset.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
        sql, params = compiler.as_sql()
        self.sql = _SLOT_NAME.sub("", _IN_SLOT.sub(r"= ANY(\1)", sql))
        self._params: Sequence[Any] = params
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        self._converters = list(compiler.get_converters(columns).items())
        self._rows_of = self._read_as(queryset, compiler)

    def run(self, arguments: dict[str, Any], connection: Any) -> list[RowT]:
        params = [arguments[one.name] if isinstance(one, _Slot) else one for one in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return list(self._rows_of(self._converted(found, connection))) if found else []

    def _converted(self, found: Sequence[Sequence[Any]], connection: Any) -> Iterator[Sequence[Any]]:
        for values in found:
            row = list(values)
            for at, (converters, expression) in self._converters:
                value = row[at]
                for convert in converters:
                    value = convert(value, expression, connection)
                row[at] = value
            yield row

    def _read_as(self, queryset: QuerySet[Any, RowT], compiler: Any) -> Callable[[Iterator[Any]], Any]:
        kind = queryset._iterable_class  # noqa: SLF001  -- no other way tells
        if kind is FlatValuesListIterable:
            return lambda rows: (row[0] for row in rows)
        if kind is ValuesListIterable:
            return lambda rows: map(tuple, rows)
        if kind is ModelIterable and not queryset._known_related_objects:  # type: ignore[attr-defined]  # noqa: SLF001
            return _model_reader(compiler)
        raise TypeError("Only models and values_list can be compiled; begin at the model's manager.")


def _model_reader(compiler: Any) -> Callable[[Iterator[Any]], Iterator[Model]]:
    """As django.db.models.query.ModelIterable, with what is the same for each run done once."""
    klass_info, select = compiler.klass_info, compiler.select
    model: type[Model] = klass_info["model"]
    first, last = klass_info["select_fields"][0], klass_info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    populators = cast("Any", populators_of)(klass_info, select, DEFAULT_DB_ALIAS)  # stubs of another version

    def read(rows: Iterator[Any]) -> Iterator[Model]:
        for row in rows:
            made = model.from_db(DEFAULT_DB_ALIAS, names, row[first:last])
            for populator in populators:
                populator.populate(row, made)
            yield made

    return read


class compiled(Generic[P, RowT]):  # noqa: N801  -- used as a decorator
    def __init__(self, build: Callable[P, QuerySet[Any, RowT]]) -> None:
        functools.update_wrapper(self, build)
        self._build = cast("Any", build)
        self._names = tuple(inspect.signature(build).parameters)
        self._plans: dict[bool, _Plan[RowT]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[RowT]:
        connection = connections[DEFAULT_DB_ALIAS]
        # Where the server fills in the values, Django writes some casts.
        by_server = bool(getattr(connection.features, "uses_server_side_binding", False))
        plan = self._plans.get(by_server)
        if plan is None:
            plan = self._plans[by_server] = _Plan(self._build(**{name: _Slot(name) for name in self._names}))
        return plan.run(dict(zip(self._names, args, strict=False)) | kwargs, connection)

    def first(self, *args: P.args, **kwargs: P.kwargs) -> RowT | None:
        """The order is the query's own; there is none where it states none."""
        return next(iter(self(*args, **kwargs)), None)
