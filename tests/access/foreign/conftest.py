from __future__ import annotations

from tests.stack.conftest import travel

__all__ = ["travel"]
