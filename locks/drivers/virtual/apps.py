from __future__ import annotations

from django.apps import AppConfig


class VirtualLocksConfig(AppConfig):
    """The virtual locks' own tables; the rest of the product reaches them only through the driver."""

    name = "locks.drivers.virtual"
    label = "virtual"
    default_auto_field = "django.db.models.BigAutoField"
