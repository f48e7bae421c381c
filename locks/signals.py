"""What locks announces, inside the transaction of the fact: a listener's rows are committed with it."""

from __future__ import annotations

from django.dispatch import Signal

# Arguments: account, listed (locks.provisioning.Listed), now.
devices_listed = Signal()

# Arguments: device_ids. Only an optimization may rest on it: who listens reads what is committed, and when.
devices_woken = Signal()
