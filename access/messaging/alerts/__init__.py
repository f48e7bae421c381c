"""Alerts to managers: what matters of the open problems, told once, collapsed where it repeats, quiet at night.

- `causes`: what is wrong now that somebody should hear of. `keeping` makes the open alerts those.
- `quiet` (pure): whether it is night. `telling`: which channel is told what, and when.
- `channels`: where managers are told; save one, send a test.
"""

from access.messaging.alerts.sweeping import sweep_alerts

__all__ = ["sweep_alerts"]
