"""Fields of the REST face that take what booking systems send; the reading itself is access.api.vocabulary."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from access.api.vocabulary import (
    ChannelReading,
    StatusReading,
    read_channel,
    read_clock,
    read_status,
)

DATE_LENGTH: Final = len("2027-03-05")
# Beyond these an offset could carry the moment out of what a calendar holds.
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
CLOCK_SCHEMA: Final = {
    "oneOf": [{"type": "string"}, {"type": "integer", "minimum": 0, "maximum": 23}],
    "example": "15:00",
}
STATUS_SCHEMA: Final = {
    "oneOf": [
        {"type": "string"},
        {"type": "object", "properties": {"category": {"type": "string"}}, "required": ["category"]},
        {"type": "null"},
    ],
    "example": "confirmed",
}


@extend_schema_field(CLOCK_SCHEMA)
class ClockField(serializers.Field[Any, Any, Any, Any]):
    def to_internal_value(self, data: Any) -> dt.time | None:
        try:
            return read_clock(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(STATUS_SCHEMA)
class StatusField(serializers.Field[Any, Any, Any, Any]):
    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, read_status(None)) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> StatusReading:
        return read_status(data)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "string", "example": "15:00:00"})
class LocalTimeField(serializers.TimeField):
    """A clock time of the property. The format “time” of JSON Schema would want an offset."""


class ChannelField(serializers.CharField):
    def run_validation(self, data: Any = serializers.empty) -> ChannelReading:
        # Not to_internal_value: an empty text never comes that far.
        return read_channel(super().run_validation(data))


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """An instant, which in a query cannot do without its offset."""

    def to_internal_value(self, data: Any) -> dt.datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise serializers.ValidationError("Give the time with its offset, such as 2027-03-05T14:00:00Z.")
        # PostgreSQL reads offsets of less than 16 hours only.
        return moment.astimezone(dt.UTC)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field[Any, Any, Any, Any]):
    """An ISO 8601 date and time; kept without an offset where none was sent, for the property's zone to be applied."""

    def to_internal_value(self, data: Any) -> dt.datetime:
        try:
            moment = (
                parse_datetime(data) if isinstance(data, str) and len(data.strip()) > DATE_LENGTH else None
            )
        except ValueError:
            moment = None
        if moment is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise serializers.ValidationError("Give a date with its time, such as 2027-03-05T15:00:00+01:00.")
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC)

    def to_representation(self, value: Any) -> Any:
        return value
