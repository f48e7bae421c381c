"""Which code stands in the way of one whose PIN is taken on its lock. Read by problems and the API; ids, never PINs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from access.models import AccessCode, LockCode


def conflict_of(code: AccessCode) -> dict[str, str]:
    """Return the id of the code on the same lock that has the same PIN, under the founding API's name for its kind."""
    if code.pin_key is None:
        return {}
    same = {"device_id": code.device_id, "pin_key": code.pin_key}
    live = AccessCode.objects.filter(ended_at=None, **same)
    return conflict_among(code, LockCode.objects.filter(**same).order_by("pk"), live.order_by("pk"))


def conflict_among(
    code: AccessCode, places: Iterable[LockCode], codes: Collection[AccessCode]
) -> dict[str, str]:
    """As `conflict_of`, of what is at hand: the lock's places and its live codes."""
    foreign = {None, *(one.pk for one in codes if not one.is_managed)}
    for place in places:
        if code.pin_key is not None and place.pin_key == code.pin_key and place.access_code_id in foreign:
            return {"unmanaged_access_code_id": str(place.public_id)}
    for one in codes:
        if code.pin_key is not None and one.pin_key == code.pin_key and one.is_managed and one.pk != code.pk:
            return {"managed_access_code_id": str(one.public_id)}
    return {}
