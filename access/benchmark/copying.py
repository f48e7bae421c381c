"""Copy a row many times within the database, so that a million rows take seconds and every column has a value."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection
from django.db.models import Model
from psycopg import sql


def copy_row(row: Model, span: tuple[int, int], changed: Mapping[str, str]) -> None:
    """Copy `row` for each number `n` from the first to before the second; `changed` are columns as SQL over `n`."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    columns = {field.name: str(field.column) for field in fields}
    given = dict(changed)
    if "public_id" in columns:
        given["public_id"] = "gen_random_uuid()"
    values = [
        sql.SQL(given[column]) if column in given else sql.Identifier("t", column)
        for column in columns.values()
    ]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series({first}, {last}) n "
        "WHERE t.id = {id}"
    ).format(
        table=sql.Identifier(row._meta.db_table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns.values())),
        values=sql.SQL(", ").join(values),
        first=span[0],
        last=span[1] - 1,
        id=row.pk,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
