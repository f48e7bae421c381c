"""Closed vocabularies of accounts and devices."""

from __future__ import annotations

from django.db import models


class AccountStatus(models.TextChoices):
    CONNECTED = "connected", "Connected"
    DISCONNECTED = "disconnected", "Connection lost"
