from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locks.capabilities import NameRule
from locks.names import Appearance, appearance_name, clean_name, cut_name

RULES = st.builds(
    NameRule,
    min_length=st.integers(0, 3),
    max_length=st.integers(3, 30),
    unique=st.booleans(),
    split_first_last=st.booleans(),
)


@given(full_name=st.text(max_size=60), rule=RULES, taken=st.lists(st.text(max_size=10), max_size=4))
def test_appearance_fits_the_rule(full_name: str, rule: NameRule, taken: list[str]) -> None:
    appearance = appearance_name(full_name, rule, taken)

    assert rule.min_length <= len(appearance.name) <= rule.max_length
    assert appearance.name
    assert appearance.name.isprintable() or any(ord(char) > 127 for char in appearance.name)
    if rule.unique:
        assert appearance.name.casefold() not in {other.casefold() for other in taken}
    if rule.split_first_last:
        assert f"{appearance.first_name} {appearance.last_name}".strip() == appearance.name


@given(full_name=st.text(max_size=60), rule=RULES)
def test_f69_guests_of_one_name_are_told_apart_where_the_brand_asks(full_name: str, rule: NameRule) -> None:
    unique = NameRule(min_length=rule.min_length, max_length=rule.max_length, unique=True)
    names: list[str] = []
    for _ in range(12):
        names.append(appearance_name(full_name, unique, names).name)

    assert len({name.casefold() for name in names}) == 12


def test_f70_kwikset_name_is_cut_and_never_refused() -> None:
    rule = NameRule(min_length=2, max_length=14)

    assert appearance_name("Bartholomew Featherstone", rule) == Appearance("Bartholomew Fe")
    assert appearance_name("X", rule) == Appearance("X Guest")


def test_f12_name_that_begins_another_stays_its_own() -> None:
    rule = NameRule(max_length=9, unique=True)

    assert appearance_name("Ann", rule, ["Anna"]).name == "Ann"
    assert appearance_name("Annabella One", rule, ["Annabella"]).name == "Annabel 2"


def test_split_name_keeps_every_part() -> None:
    rule = NameRule(split_first_last=True)

    assert appearance_name("Ana de la Cruz", rule) == Appearance("Ana de la Cruz", "Ana", "de la Cruz")
    assert appearance_name("Cher", rule) == Appearance("Cher", "Cher", "")


@pytest.mark.parametrize(
    ("name", "length", "cut"),
    [
        ("Zoe\u0301", 3, "Zo"),  # a combining accent goes with its letter
        ("Li 👩‍👩‍👧 family", 6, "Li"),  # a family is one sign
        ("ab👍🏽c", 3, "ab"),  # a thumb keeps its colour
        ("a🇨🇭🇨🇭", 4, "a🇨🇭"),  # a flag is two letters
        ("😀😀😀", 2, "😀😀"),
    ],
)
def test_cut_leaves_whole_signs(name: str, length: int, cut: str) -> None:
    assert cut_name(name, length) == cut


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Ana \t Silva\n", "Ana Silva"),
        ("Ana\u202eavliS", "AnaavliS"),
        ("דנה לוי", "דנה לוי"),
        ("Bell\x07\x00", "Bell"),
        ("", "Guest"),
        ("\u200f", "Guest"),
        ("Zoe\u0301", "Zoé"),
    ],
)
def test_name_is_cleaned_of_what_no_lock_shows(text: str, clean: str) -> None:
    assert clean_name(text) == clean
