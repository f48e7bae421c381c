"""How rows of our models are written: the same statements as Django's own, turned into SQL once for each model.

Used by `properties.scoping` for `save()`, `create()` and `bulk_create()`. `insert_unless` and `update_many` are
called by name. Whatever is out of the ordinary (an expression as a value, a conflict to be ignored) is left to Django.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connections, router
from django.db.models import Field, Model

FEW = 8


def insert(
    objs: Sequence[Model],
    fields: Sequence[Field[Any, Any]],
    returning: Sequence[Field[Any, Any]],
    *,
    using: str,
    raw: bool,
) -> list[tuple[Any, ...]] | None:
    """Return what the database made of them, or None where Django has to do it."""
    if raw or not 0 < len(objs) <= FEW or len(returning) != 1:
        return None
    connection = connections[using]
    values = _values(objs, fields, connection)
    if values is None:
        return None
    table = objs[0]._meta.db_table
    columns = tuple(field.column for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(table, columns, len(objs), str(returning[0].column)), values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def insert_unless(obj: Model, constraint: str) -> bool:
    """Save a new row. Where another stands in its way by this constraint, save nothing and return False; the
    transaction can go on."""
    key, using = obj._meta.pk, router.db_for_write(type(obj), instance=obj)
    connection = connections[using]
    fields = [field for field in obj._meta.concrete_fields if field is not key]
    values = _values([obj], fields, connection)
    if values is None:
        raise TypeError("A row with expressions as values cannot be saved this way.")
    columns = tuple(field.column for field in fields)
    sql = _insert_sql(obj._meta.db_table, columns, 1, str(key.column), unless=constraint)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    if row is None:
        return False
    obj.pk = row[0]
    obj._state.adding, obj._state.db = False, using  # noqa: SLF001  -- as Model.save() leaves it
    return True


def _values(
    objs: Sequence[Model], fields: Sequence[Field[Any, Any]], connection: Any, *, add: bool = True
) -> list[Any] | None:
    """Return None where one of them is not a plain value."""
    values: list[Any] = []
    for obj in objs:
        for field in fields:
            value = field.pre_save(obj, add=add)
            if hasattr(value, "resolve_expression") or hasattr(field, "get_placeholder"):
                return None
            values.append(None if value is None else field.get_db_prep_save(value, connection))
    return values


def update(
    table: str, key: str, pk: Any, values: Sequence[tuple[Field[Any, Any], None, Any]], *, using: str
) -> bool | None:
    """Tell whether there was such a row, or None where Django has to do it."""
    if any(hasattr(value, "resolve_expression") or hasattr(f, "get_placeholder") for f, _, value in values):
        return None
    connection = connections[using]
    given = [field.get_db_prep_save(value, connection) for field, _, value in values]
    columns = tuple(field.column for field, _, _ in values)
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(table, columns, key), [*given, pk])
        return bool(cursor.rowcount)


def update_many(objs: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of many rows of one model in one statement; rows that are gone stay gone."""
    if not objs:
        return
    meta = objs[0]._meta
    using = router.db_for_write(type(objs[0]), instance=objs[0])
    connection = connections[using]
    fields: list[Field[Any, Any]] = [meta.get_field(name) for name in names]  # type: ignore[misc]  # columns only
    values = [_values([obj], fields, connection, add=False) for obj in objs]
    types = [str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
             for field in (meta.pk, *fields)]  # fmt: skip
    if any(one is None for one in values) or any("[]" in one for one in types):
        raise TypeError("Rows with expressions or lists as values cannot be written this way.")
    columns = tuple(str(field.column) for field in fields)
    sql = _update_many_sql(meta.db_table, str(meta.pk.column), columns, tuple(types))
    # A list goes as an array of one type, and a choice is a type of its own.
    rows = [
        (obj.pk, *(str(value) if isinstance(value, str) else value for value in one or ()))
        for obj, one in zip(objs, values, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])


@lru_cache(maxsize=1000)
def _update_many_sql(table: str, key: str, columns: tuple[str, ...], types: tuple[str, ...]) -> str:
    assignments = ", ".join(f'"{name}" = given."{name}"' for name in columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    names = ", ".join(f'"{name}"' for name in ("key", *columns))
    return (
        f'UPDATE "{table}" AS kept SET {assignments} FROM unnest({arrays}) AS given ({names}) '  # noqa: S608  -- ours
        f'WHERE kept."{key}" = given."key"'
    )


@lru_cache(maxsize=1000)
def _insert_sql(table: str, columns: tuple[str, ...], rows: int, returning: str, *, unless: str = "") -> str:
    group = f"({', '.join(['%s'] * len(columns))})"
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join([group] * rows)
    conflict = f' ON CONFLICT ON CONSTRAINT "{unless}" DO NOTHING' if unless else ""
    return f'INSERT INTO "{table}" ({names}) VALUES {values}{conflict} RETURNING "{returning}"'  # noqa: S608  -- ours


@lru_cache(maxsize=1000)
def _update_sql(table: str, columns: tuple[str, ...], key: str) -> str:
    assignments = ", ".join(f'"{name}" = %s' for name in columns)
    return f'UPDATE "{table}" SET {assignments} WHERE "{key}" = %s'  # noqa: S608  -- our own names
