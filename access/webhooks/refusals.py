"""Why an endpoint is not taken as it was asked for."""

from __future__ import annotations


class EndpointRefused(ValueError):
    """`field`: which part of it; `code`: a name for programs; the sentence never holds the address."""

    def __init__(self, field: str, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.code = code
        self.sentence = sentence
