"""Part of the endpoints of access codes."""

from __future__ import annotations

from access.seam.routing import Routes

routes = Routes()
