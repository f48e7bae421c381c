"""Everything that guests read is there in four languages, compiled, and chosen for them."""

from __future__ import annotations

import ast
import gettext
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import gettext as translate
from django.utils.translation import override

from access.management.commands.compile_languages import CONTEXT, compile_catalog, read_po, sources
from access.passes.languages import choose_language, match_language
from access.templatetags.guest_ui import tappable
from properties.models import Guest as GuestRow
from tests.access.passes.conftest import Guest
from tests.pages import text_of

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates" / "guest").glob("*.html"))
MODULES = [
    *(Path(settings.BASE_DIR) / "access" / "passes").glob("*.py"),
    *(Path(settings.BASE_DIR) / "access" / "messaging").glob("**/*.py"),
    Path(settings.BASE_DIR) / "access" / "views" / "passes.py",
    Path(settings.BASE_DIR) / "access" / "templatetags" / "guest_ui.py",
]
LANGUAGES = ("de", "fr", "es")


def keys_of_template(path: Path) -> Iterator[str]:
    nodes = get_template(f"guest/{path.name}").template.nodelist  # type: ignore[attr-defined]  # Django's own
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        yield node.render_token_list(node.singular)[0]


def keys_of_module(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
            if node.func.id in {"gettext", "gettext_lazy"}:
                yield texts[0]
            elif node.func.id == "pgettext":
                yield f"{texts[0]}{CONTEXT}{texts[1]}"


def all_keys() -> set[str]:
    found = {key for path in TEMPLATES for key in keys_of_template(path)}
    return found | {key for path in MODULES for key in keys_of_module(path)}


def catalog_of(language: str) -> dict[str, str]:
    [path] = [one for one in sources() if one.parent.parent.name == language]
    return read_po(path.read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_for_guests_is_translated(language: str) -> None:
    known = catalog_of(language)

    assert {key for key in all_keys() if not known.get(key)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    assert catalog_of(language).keys() - all_keys() - {""} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    for key, text in catalog_of(language).items():
        assert set(re.findall(r"%\(\w+\)s", key)) == set(re.findall(r"%\(\w+\)s", text)) or not key


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.parent.parent.name)
def test_compiled_texts_are_the_present_ones(path: Path) -> None:
    """Else: manage.py compile_languages."""
    assert path.with_suffix(".mo").read_bytes() == compile_catalog(read_po(path.read_text("utf-8")))


def test_compiled_file_is_read_by_gettext() -> None:
    for path in sources():
        with path.with_suffix(".mo").open("rb") as file:
            known = gettext.GNUTranslations(file)
        for key, text in read_po(path.read_text("utf-8")).items():
            context, _, plain = key.rpartition(CONTEXT)
            if key:
                assert (known.pgettext(context, plain) if context else known.gettext(plain)) == text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(path: Path) -> None:
    bare = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", path.read_text(), flags=re.DOTALL)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", bare, flags=re.DOTALL)

    assert re.findall(r"[^\W\d_]{2,}", bare) == []


PO = """
msgid ""
msgstr "Language: de\\n"

#, fuzzy
msgid "a"
msgstr "x"

msgid "one"
msgid_plural "many"
msgstr[0] "eins"
msgstr[1] "viele"

msgctxt "c"
msgid "long "
"text"
msgstr "langer "
"Text"

msgid "b"
msgstr ""
"""


def test_po_of_other_shapes_is_read() -> None:
    expected = {"": "Language: de\n", "one\0many": "eins\0viele", "c\x04long text": "langer Text"}

    assert read_po(PO) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [("de-CH", "de"), ("FR", "fr"), ("es_MX", "es"), ("en-GB", "en"), ("nl", ""), ("", "")],
)
def test_match_language(text: str, language: str) -> None:
    assert match_language(text) == language


def test_language_asked_for_comes_first_then_the_guests_then_the_browsers() -> None:
    assert choose_language(asked="fr", of_guest="de", accepted="es") == "fr"
    assert choose_language(asked="xx", of_guest="de", accepted="es") == "de"
    assert choose_language(asked="", of_guest="nl", accepted="nl, es;q=0.8, de;q=0.5") == "es"
    assert choose_language(asked="", of_guest="", accepted="", otherwise="de") == "de"
    assert choose_language(asked="", of_guest="", accepted="x;q=oops,,,") == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title", "date"),
    [
        ("en", "Your stay", "Friday 5 March, 15:00"),
        ("de", "Ihr Aufenthalt", "Freitag, 5. März, 15:00"),
        ("fr", "Votre séjour", "vendredi 5 mars, 15:00"),
        ("es", "Tu estancia", "viernes 5 de marzo, 15:00"),
    ],
)
def test_page_is_in_the_language_of_its_guest(guest: Guest, language: str, title: str, date: str) -> None:
    GuestRow.objects.update(language=language)

    answer: Any = guest.get()

    assert title in text_of(answer)
    assert date in text_of(answer).replace("Vendredi", "vendredi").replace("Viernes", "viernes")
    assert f'<html lang="{language}">' in answer.content.decode()
    assert answer["Content-Language"] == language


@pytest.mark.django_db
def test_language_can_be_switched_and_stays(guest: Guest) -> None:
    GuestRow.objects.update(language="de")

    answer = guest.get(lang="fr")

    assert "Votre séjour" in text_of(answer)
    assert f'href="{guest.link()}?lang=es"' in answer.content.decode()


@pytest.mark.django_db
def test_pages_of_managers_stay_english(guest: Guest) -> None:
    with override("de"):
        assert translate("Your stay") == "Ihr Aufenthalt"
    assert translate("Your stay") == "Your stay"


def test_each_language_is_called_by_its_own_name(guest: Guest) -> None:
    page = text_of(guest.get(lang="de"))

    assert page.endswith("English Deutsch Français Español")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Ana, +41 44 668 18 00", ["tel:+41446681800"]),
        ("+44 (0)20 7946 0018 or ana@example.org", ["tel:+442079460018", "mailto:ana@example.org"]),
        ("044 668 18 00", ["tel:0446681800"]),
        ("Flat 12, ring twice", []),
        ("<b>Ana</b>", []),
    ],
)
def test_whom_to_call_is_called_by_a_tap(text: str, links: list[str]) -> None:
    shown = tappable(text)

    assert re.findall(r'href="([^"]+)"', shown) == links
    assert html.unescape(re.sub(r"</?a[^>]*>", "", shown)) == text
