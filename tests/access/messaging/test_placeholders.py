from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.enums import MessageKind
from access.messaging.defaults import TEXTS, USUAL
from access.messaging.placeholders import PLACEHOLDERS, explain_unknown, fill, fill_lines, unknown_in, used_in

TEXT = st.text(alphabet="ab {}code\n", max_size=40)


def test_known_are_filled_and_braces_without_a_name_are_left() -> None:
    text = "Hi { guest }: {code} {} {\n} { {unit}"

    assert fill(text, {"guest": "Ada", "code": "0412", "unit": "Loft"}) == "Hi Ada: 0412 {} {\n} { Loft"


def test_unknown_is_explained_with_what_is_meant() -> None:
    assert unknown_in("{guest} {gest}", "{Code}") == ["Code", "gest"]
    said = explain_unknown(["gest"])
    assert "{gest} (do you mean {guest}?)" in said
    assert "{pass_link}" in said


def test_value_is_never_read_as_a_placeholder() -> None:
    assert fill("{guest}", {"guest": "{code}", "code": "0412"}) == "{code}"


def test_lines_of_which_nothing_is_known_are_left_out() -> None:
    text = "Hi {guest},\n\nAddress: {address}\n{arrival_notes}\n\nQuestions? {contact}\n\n{unit}, {address}\n\nBye"
    values = {"guest": "Ada", "address": "", "arrival_notes": "", "contact": "", "unit": "Loft"}

    assert fill_lines(text, values) == "Hi Ada,\n\nLoft, \n\nBye"
    assert fill_lines("{nobody}", values) == "{nobody}"


@pytest.mark.parametrize("language", TEXTS)
def test_usual_texts_promise_no_day_and_no_door(language: str) -> None:
    """Who books two hours before gets them at once, and not every lock opens from afar or forgets at once."""
    text = TEXTS[language][MessageKind.BEFORE_ARRIVAL]
    for word in ("Tomorrow", "Morgen", "Demain", "Mañana", "open the door", "öffnen", "ouvrir", "abrir"):
        assert word not in f"{text.subject} {text.body}"


@given(TEXT)
def test_text_without_unknown_keeps_none_behind(text: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "x")
    if not unknown_in(text):
        assert used_in(fill(text, values)) == set()


@pytest.mark.parametrize("language", TEXTS)
def test_usual_texts_are_whole_and_tell_the_same(language: str) -> None:
    names = {"guest", "first_name"}
    assert TEXTS[language].keys() == {usual.kind for usual in USUAL}
    for kind, text in TEXTS[language].items():
        assert unknown_in(text.subject, text.body) == []
        assert used_in(text.body) - names == used_in(TEXTS["en"][kind].body) - names
