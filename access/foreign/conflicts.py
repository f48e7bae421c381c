"""Which code stands in the way of one whose PIN is taken on its lock. Read by problems and the API; ids, never PINs."""

from __future__ import annotations

from django.db.models import Q

from access.models import AccessCode, LockCode


def conflict_of(code: AccessCode) -> dict[str, str]:
    """Return the id of the code on the same lock that has the same PIN, under the founding API's name for its kind."""
    if code.pin_key is None:
        return {}
    same = {"device_id": code.device_id, "pin_key": code.pin_key}
    foreign = Q(access_code=None) | Q(access_code__is_managed=False)
    place = LockCode.objects.filter(foreign, **same).order_by("pk").first()
    if place is not None:
        return {"unmanaged_access_code_id": str(place.public_id)}
    other = AccessCode.objects.filter(is_managed=True, ended_at=None, **same).exclude(pk=code.pk).first()
    return {} if other is None else {"managed_access_code_id": str(other.public_id)}
