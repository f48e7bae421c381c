"""Listen to announced changes; a missed one is found by the sweep (access.declaring)."""

from __future__ import annotations


def connect() -> None:
    """Called once from AppConfig.ready."""
