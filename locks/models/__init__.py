"""Connected accounts and devices (`devices`), which door serves which units (`doors`), battery levels (`batteries`)."""

from locks.models.batteries import BatteryReading
from locks.models.devices import Account, Device
from locks.models.doors import Door

__all__ = ["Account", "BatteryReading", "Device", "Door"]
