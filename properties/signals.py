"""What properties announces. Sent on commit; a listener that fails or was not there loses nothing (Stay.revision)."""

from __future__ import annotations

from django.dispatch import Signal

# Arguments: stay_id.
stay_changed = Signal()
# Many at once that are new, and many at once that were changed. Arguments: stay_ids.
stays_created = Signal()
stays_changed = Signal()
