"""Queries that are asked all the time: written in the ORM, turned into SQL once.

`@compiled` on a function that returns a queryset makes it a function that returns the rows. The function itself runs
once, with placeholders for its arguments; each call only fills them in, which costs a tenth of building and compiling
the query anew. Arguments are plain values that stand on the right of a lookup: an id, a text, a moment, or a list of
ids or texts (after `__in`); never None, never an enum's member, never what decides how the query looks.

`@compiled_update` does the same for updates: on a function that returns a queryset and the new values by field, which
becomes one that returns how many rows were changed.

It is for what happens with each look at a lock or each change of a stay; everything else stays a plain queryset.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.query import get_related_populators as populators_of
from django.db.models.sql import UpdateQuery

P = ParamSpec("P")
RowT = TypeVar("RowT")
PlanT = TypeVar("PlanT")
Update = tuple[QuerySet[Any], Mapping[str, Any]]

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


class _Statement:
    """SQL with slots for what the arguments bring."""

    def __init__(self, compiler: Any) -> None:
        sql, self._params = compiler.as_sql()
        self._sql = _SLOT_NAME.sub("", _IN_SLOT.sub(r"= ANY(\1)", sql))

    def execute(self, cursor: Any, arguments: dict[str, Any]) -> None:
        params = [arguments[one.name] if isinstance(one, _Slot) else one for one in self._params]
        cursor.execute(self._sql, params)


class _Plan(Generic[RowT]):
    """One queryset as SQL with all that is needed to make rows of what it finds."""

    def __init__(self, queryset: QuerySet[Any, RowT]) -> None:
        compiler = queryset.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
        self._statement = _Statement(compiler)
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        self._converters = list(compiler.get_converters(columns).items())
        self._rows_of = self._read_as(queryset, compiler)

    def run(self, arguments: dict[str, Any], connection: Any) -> list[RowT]:
        with connection.cursor() as cursor:
            self._statement.execute(cursor, arguments)
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
            # What Model.from_db() leaves behind, without asking each field whether it is given.
            made = model.__new__(model)
            made.__dict__.update(zip(names, row[first:last], strict=True))
            state = made._state = ModelState()  # noqa: SLF001  -- as Model.__init__() does
            state.adding, state.db = False, DEFAULT_DB_ALIAS
            for populator in populators:
                populator.populate(row, made)
            yield made

    return read


class _Compiled(Generic[P, PlanT]):
    """A function, and what it became for each way of filling in values."""

    def __init__(self, build: Callable[P, Any], plan: Callable[[Any], PlanT]) -> None:
        functools.update_wrapper(cast("Any", self), build)
        self._build, self._plan = cast("Any", build), plan
        self._names = tuple(inspect.signature(build).parameters)
        self._plans: dict[bool, PlanT] = {}

    def _plan_for(self, connection: Any) -> PlanT:
        # Where the server fills in the values, Django writes some casts.
        by_server = bool(getattr(connection.features, "uses_server_side_binding", False))
        plan = self._plans.get(by_server)
        if plan is None:
            built = self._build(**{name: _Slot(name) for name in self._names})
            plan = self._plans[by_server] = self._plan(built)
        return plan

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(self._names, args, strict=False)) | kwargs


class compiled(_Compiled[P, _Plan[RowT]]):  # noqa: N801  -- used as a decorator
    def __init__(self, build: Callable[P, QuerySet[Any, RowT]]) -> None:
        super().__init__(build, _Plan)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[RowT]:
        connection = connections[DEFAULT_DB_ALIAS]
        return self._plan_for(connection).run(self._arguments(args, kwargs), connection)

    def first(self, *args: P.args, **kwargs: P.kwargs) -> RowT | None:
        """The order is the query's own; there is none where it states none."""
        return next(iter(self(*args, **kwargs)), None)


class compiled_update(_Compiled[P, _Statement]):  # noqa: N801  -- as above
    def __init__(self, build: Callable[P, Update]) -> None:
        super().__init__(build, _update_of)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> int:
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._plan_for(connection)
        with connection.cursor() as cursor:
            statement.execute(cursor, self._arguments(args, kwargs))
            changed: int = cursor.rowcount
        return changed


def _update_of(update: Update) -> _Statement:
    """As QuerySet.update() begins."""
    queryset, values = update
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values(dict(values))
    query.clear_select_clause()
    if query.related_updates:
        raise TypeError("Columns of one table can be compiled.")
    return _Statement(query.get_compiler(connection=connections[DEFAULT_DB_ALIAS]))
