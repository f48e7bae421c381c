"""The shapes of the REST face: what is read, what is answered, which filters a list takes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rest_framework import serializers

from access.api.fields import ChannelField, ClockField, InstantField, LocalTimeField, StatusField
from access.states import CodeState
from properties.booking import SaveOutcome
from properties.enums import CancelReason, Channel, StayKind, StayStatus

OUTCOMES = [one.value for one in SaveOutcome]
LARGEST_PAGE = 500
USUAL_PAGE = 100


class Shape(serializers.Serializer[Any]):
    """A serializer whose parts are described here and whose rows are made by functions."""


class GuestIn(Shape):
    name = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    first_name = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, help_text="With last_name, in place of name."
    )
    last_name = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    email = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    phone = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    phone_last4 = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, help_text="Taken from phone where it is left out."
    )
    language = serializers.CharField(required=False, allow_blank=True, allow_null=True)


NO_DATE = "Give a date of the calendar as YYYY-MM-DD, such as 2027-03-05."


class ReservationIn(Shape):
    """Fields that are left out keep their value; a new reservation needs unit, arrival and departure."""

    unit = serializers.UUIDField(
        required=False,
        help_text="The id of a unit.",
        error_messages={"invalid": "Give the id of a unit, as GET /api/v1/units/ lists it."},
    )
    kind = serializers.ChoiceField(
        StayKind.choices,
        required=False,
        error_messages={"invalid_choice": f"Give one of: {', '.join(StayKind.values)}."},
    )
    status = StatusField(
        required=False,
        help_text="confirmed, tentative or cancelled; the words of common booking systems are understood. A word that "
        "is not (or null) makes a new reservation tentative, leaves a known one as it is, and is named in notices. "
        "Left out, a new reservation is confirmed.",
    )
    arrival_date = serializers.DateField(required=False, error_messages={"invalid": NO_DATE})
    departure_date = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="null: a lease without end.",
        error_messages={"invalid": NO_DATE},
    )
    check_in_time = ClockField(
        required=False,
        allow_null=True,
        help_text="In the property's time zone; null: the usual time, of the unit or else of its property.",
    )
    check_out_time = ClockField(required=False, allow_null=True)
    check_in_at = InstantField(
        required=False, help_text="Date and time in one, instead of arrival_date and check_in_time."
    )
    check_out_at = InstantField(required=False, allow_null=True)
    guest = GuestIn(required=False, allow_null=True)
    adults = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=500)
    channel = ChannelField(
        required=False,
        allow_blank=True,
        help_text=f"One of {', '.join(Channel.values)}; others become generic.",
    )
    channel_reference = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    source_updated_at = InstantField(
        required=False,
        allow_null=True,
        help_text="When the source changed it last. Older than what is stored, or as old where that was cancelled: "
        "nothing is changed, as outcome says. null: what is stored is kept.",
    )
    notes = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    early_check_in = ClockField(
        required=False,
        allow_null=True,
        help_text="An earlier time that was agreed; where it is set, it counts instead of check_in_time.",
    )
    late_check_out = ClockField(required=False, allow_null=True, help_text="Likewise for check_out_time.")
    hold_access = serializers.BooleanField(
        required=False,
        help_text="true: no door opens (identity, contract or payment is missing) until false is sent.",
    )
    preferred_code = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="The door code that the guest should get, digits only. Refused where a door of the unit can never "
        "take it; where somebody else has it, the guest gets another, and access.note says so. Never answered here.",
    )
    metadata = serializers.DictField(
        required=False,
        help_text="Your own entries, at most 50: texts, numbers, true, false or null. Replaced whole.",
    )


class NewReservationIn(ReservationIn):
    source = serializers.CharField(  # type: ignore[assignment]  # part of the body, not of the serializer
        required=False, help_text="The system it comes from; left out: api."
    )
    external_id = serializers.CharField(
        required=False, help_text="Its id there; left out, one is made and answered."
    )


class GuestOut(Shape):
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    phone_last4 = serializers.CharField()
    language = serializers.CharField()


class DoorAccessOut(Shape):
    door = serializers.CharField()
    door_id = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField([state.value for state in CodeState])
    label = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    reason = serializers.CharField(help_text="A sentence.")
    active_from = serializers.DateTimeField(allow_null=True)
    active_to = serializers.DateTimeField(allow_null=True)
    program_at = serializers.DateTimeField(
        allow_null=True, help_text="When the code will be sent to the lock; null once it was."
    )
    is_backup = serializers.BooleanField(
        help_text="A code of the lock's pool, given because the door's own code was not confirmed; listed beside it."
    )
    code = serializers.CharField(
        allow_null=True,
        help_text="Only for keys with the scope reveal, and while the code is to be on the lock.",
    )
    code_hidden = serializers.CharField(
        allow_null=True, help_text="Why code is null although the door has one; null where it has none."
    )


class AccessOut(Shape):
    state = serializers.ChoiceField([state.value for state in CodeState])
    label = serializers.CharField()  # type: ignore[assignment]  # part of the answer, not of the serializer
    reason = serializers.CharField()
    note = serializers.CharField(
        allow_null=True,
        help_text="Why a door has a code of its own, or the guest another one than was asked for.",
    )
    doors = DoorAccessOut(many=True)


class ReservationOut(Shape):
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # as above
    external_id = serializers.CharField()
    property = serializers.UUIDField()
    property_name = serializers.CharField()
    unit = serializers.UUIDField()
    unit_name = serializers.CharField()
    kind = serializers.ChoiceField(StayKind.choices)
    status = serializers.ChoiceField(StayStatus.choices)
    cancel_reason = serializers.ChoiceField(CancelReason.choices, allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    timezone = serializers.CharField()
    arrival_date = serializers.DateField()
    departure_date = serializers.DateField(allow_null=True)
    check_in_time = LocalTimeField(allow_null=True)
    check_out_time = LocalTimeField(allow_null=True)
    override_check_in_time = LocalTimeField(allow_null=True, help_text="Set by a person, and first.")
    override_check_out_time = LocalTimeField(allow_null=True)
    effective_check_in_at = serializers.DateTimeField(
        allow_null=True,
        help_text="Check-in as it counts, buffers aside: a person's override, else the booked time, else the usual one "
        "of the unit or property. Computed; null: a stay of the past, whose property's rules have changed since.",
    )
    effective_check_in_time = LocalTimeField(
        allow_null=True, help_text="The same as a clock time of the property."
    )
    effective_check_out_at = serializers.DateTimeField(
        allow_null=True, help_text="Likewise; null also for a lease without end."
    )
    effective_check_out_time = LocalTimeField(allow_null=True)
    starts_at = serializers.DateTimeField(
        help_text="When the doors open: the effective check-in less the buffer. Computed. Each door has its own window "
        "in access.doors: active_from, active_to, and program_at where the code is still to be sent."
    )
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="When they do no more: the effective check-out and the buffer."
    )
    guest = GuestOut()
    adults = serializers.IntegerField(allow_null=True)
    channel = serializers.ChoiceField(Channel.choices)
    channel_reference = serializers.CharField()
    source_updated_at = serializers.DateTimeField(allow_null=True)
    notes = serializers.CharField()
    hold_access = serializers.BooleanField()
    metadata = serializers.DictField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    access = AccessOut()


class SavedReservationOut(ReservationOut):
    outcome = serializers.ChoiceField(
        OUTCOMES,
        help_text="ignored_older: source_updated_at is older than stored, or no newer than what was cancelled; nothing "
        "was changed. "
        "kept_cancelled: a person cancelled it here, and only a person takes that back.",
    )
    notices = serializers.ListField(child=serializers.CharField(), help_text="What was not taken as sent.")


class ReservationPage(Shape):
    results = ReservationOut(many=True)
    next = serializers.URLField(allow_null=True)


class PropertyOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    timezone = serializers.CharField()
    check_in_time = LocalTimeField()
    check_out_time = LocalTimeField()
    buffer_before = serializers.IntegerField(help_text="Minutes.")
    buffer_after = serializers.IntegerField()


class PropertyPage(Shape):
    results = PropertyOut(many=True)
    next = serializers.URLField(allow_null=True)


class UnitOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    property = serializers.UUIDField()
    property_name = serializers.CharField()
    timezone = serializers.CharField()
    check_in_time = LocalTimeField(
        allow_null=True, help_text="Its own usual time; null: that of its property."
    )
    check_out_time = LocalTimeField(allow_null=True)
    buffer_before = serializers.IntegerField(
        allow_null=True, help_text="Its own, in minutes; null: that of its property."
    )
    buffer_after = serializers.IntegerField(allow_null=True)
    archived_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when it is let no longer: no reservation is taken for it."
    )


class UnitPage(Shape):
    results = UnitOut(many=True)
    next = serializers.URLField(allow_null=True)


class PageQuery(Shape):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_PAGE, default=USUAL_PAGE, help_text="Rows on a page."
    )
    cursor = serializers.UUIDField(required=False, help_text="Take it from next; do not make it.")


class UnitQuery(PageQuery):
    property = serializers.UUIDField(required=False)


class ReservationQuery(UnitQuery):
    unit = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(StayStatus.choices, required=False)
    kind = serializers.ChoiceField(StayKind.choices, required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # as above
    arriving_from = serializers.DateField(required=False)
    arriving_to = serializers.DateField(required=False, help_text="This day included.")
    modified_since = InstantField(required=False, help_text="With its offset, or Z.")

    def validate_modified_since(self, value: dt.datetime) -> dt.datetime:
        if value.tzinfo is None:
            raise serializers.ValidationError("Give the time with its offset, such as 2027-03-05T14:00:00Z.")
        return value


class ErrorDetail(Shape):
    type = serializers.CharField()
    message = serializers.CharField()
    fields_ = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `fields` is taken by the serializer itself, so the name in the answer is set here.
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class ErrorOut(Shape):
    error = ErrorDetail()
