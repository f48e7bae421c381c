"""Web passes: a guest's own page, open to whoever has its unguessable link, until somebody revokes it.

- `phases` (pure): what the page may tell at a moment. `links`: make, find, revoke; made by itself for each confirmed
  guest stay (`receivers`, and `sweep_passes` for what was missed).
- `showing`: what stands on the page, without a PIN. `doing`: what a guest asks for there, counted by `rates`.
- `languages`: in which language. `drawing`: the link as a QR code. `digests`: whether the codes are other ones.

The page itself is access.views.passes; no PIN leaves here but in the answer to `reveal_codes`, which is written down.
"""

from access.passes.links import (
    address_of,
    ensure_pass,
    find_pass,
    live_pass_of,
    renew_pass,
    revoke_pass,
    sweep_passes,
)
from access.passes.phases import Phase, phase_of
from access.passes.rates import TooOften

__all__ = [
    "Phase",
    "TooOften",
    "address_of",
    "ensure_pass",
    "find_pass",
    "live_pass_of",
    "phase_of",
    "renew_pass",
    "revoke_pass",
    "sweep_passes",
]
