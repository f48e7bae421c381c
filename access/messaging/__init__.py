"""Messages to guests, and alerts to managers."""

from access.messaging.soon import alert_soon

__all__ = ["alert_soon"]
