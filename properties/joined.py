"""Rows of several tables by one statement that is written down, for what is asked with every call of a program: to have
it composed by the ORM costs more than to run it. Called by access.api_keys and locks.loading.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class Columns(Generic[M]):
    """The columns of one model, and its rows made of them; what is left out is loaded when it is asked for."""

    def __init__(self, model: type[M], *, without: Collection[str] = ()) -> None:
        self.model = model
        fields = [field for field in model._meta.concrete_fields if field.attname not in without]
        self._names = [field.attname for field in fields]
        self._columns = [field.column for field in fields]
        self._readers = [
            (position, field.from_db_value)
            for position, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def __len__(self) -> int:
        return len(self._names)

    def of(self, table: str) -> str:
        """As they stand in a SELECT, where the table goes by this name."""
        return ", ".join(f'{table}."{column}"' for column in self._columns)

    def row(self, values: Sequence[Any]) -> M:
        read = list(values)
        for position, reader in self._readers:
            read[position] = reader(read[position], None, connection)
        made: M = self.model.from_db(connection.alias, self._names, read)
        return made
