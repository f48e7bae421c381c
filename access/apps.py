from __future__ import annotations

import gc
import os

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from access import beats, receivers
        from access.passes import receivers as pass_receivers
        from access.staffing import receivers as staff_receivers

        # What is loaded before a worker is forked stays shared with it: a collection would write to each of its pages.
        os.register_at_fork(before=gc.freeze)
        beats.connect()
        receivers.connect()
        staff_receivers.connect()
        pass_receivers.connect()
