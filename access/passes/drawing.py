"""A QR code as one path of an SVG: no image is fetched, and no service sees the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# What readers need around the code.
MARGIN: Final = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """`path` in units of one module; `size` with the margin."""

    path: str
    size: int


def draw_qr(text: str) -> Drawing:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{column + MARGIN} {row + MARGIN}h1v1h-1z"
        for row, cells in enumerate(rows)
        for column, dark in enumerate(cells)
        if dark
    )
    return Drawing(path, len(rows) + 2 * MARGIN)
