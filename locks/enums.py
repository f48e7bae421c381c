"""Closed vocabularies of accounts and devices."""

from __future__ import annotations

from django.db import models


class AccountStatus(models.TextChoices):
    CONNECTED = "connected", "Connected"
    DISCONNECTED = "disconnected", "Connection lost"


class Chemistry(models.TextChoices):
    """What a battery is made of decides how its level falls: alkaline slowly and evenly, lithium late and steeply."""

    ALKALINE = "alkaline", "Alkaline"
    LITHIUM = "lithium", "Lithium, not rechargeable"
    LITHIUM_ION = "lithium_ion", "Lithium-ion, rechargeable"
    NIMH = "nimh", "NiMH, rechargeable"
