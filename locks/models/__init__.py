"""Connected accounts and devices (`devices`), and which door serves which units (`doors`)."""

from locks.models.devices import Account, Device
from locks.models.doors import Door

__all__ = ["Account", "Device", "Door"]
