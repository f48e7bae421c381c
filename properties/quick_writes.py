"""How rows of our models are written: the same statements as Django's own, turned into SQL once for each model.

Used by `properties.scoping` for `save()`, `create()` and `bulk_create()`. Whatever is out of the ordinary (an
expression as a value, a conflict to be ignored, many rows at once) is left to Django.
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


def _values(objs: Sequence[Model], fields: Sequence[Field[Any, Any]], connection: Any) -> list[Any] | None:
    """Return None where one of them is not a plain value."""
    values: list[Any] = []
    for obj in objs:
        for field in fields:
            value = field.pre_save(obj, add=True)
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
