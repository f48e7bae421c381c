"""Listen to what happens to doors and records outside this package, so that no code outlives its reason (F22).

Doors are changed by locks.doors, which knows nothing of holders; a missed moment is made up for by the sweep.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.utils import timezone

from locks.models import Device, Door


def connect() -> None:
    """Called once from AppConfig.ready."""
    from access.models import StaffAccess

    pre_delete.connect(on_staff_deleted, sender=StaffAccess, dispatch_uid="staffing.staff_deleted")
    pre_delete.connect(on_door_changed, sender=Door, dispatch_uid="staffing.door_deleted")
    post_save.connect(on_door_changed, sender=Door, dispatch_uid="staffing.door_saved")
    post_save.connect(on_device_saved, sender=Device, dispatch_uid="staffing.device_saved")


def on_staff_deleted(*, instance: Any, **_: Any) -> None:
    from access.staffing.declaring import release_codes

    release_codes(instance, now=timezone.now())


def on_door_changed(*, instance: Door, created: bool = False, **_: Any) -> None:
    from access.staffing.declaring import look_again_at_doors

    if not created:
        look_again_at_doors([instance.pk], now=timezone.now())


def on_device_saved(
    *, instance: Device, created: bool, update_fields: frozenset[str] | None = None, **_: Any
) -> None:
    """Only whether a device is managed matters here, and runners save devices all the time."""
    from access.staffing.declaring import look_again_at_doors

    if not created and update_fields is not None and "is_managed" in update_fields:
        look_again_at_doors(
            Door.objects.filter(device=instance).values_list("pk", flat=True), now=timezone.now()
        )
