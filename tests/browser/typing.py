"""Forms in the HTML of a page: what each field is and holds, and what somebody types into it.

For the test that no form loses what was typed (tests/browser/test_forms.py). A field's value is what a browser would
send for it; `None` where it would send nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

# Never given back by a page: secrets, files, and what nobody types.
UNTYPED: Final = {"hidden", "password", "file", "submit", "button", "reset", "image"}
# Nothing that the field's kind takes, so that the form is refused, and told apart from every other field's.
WRONG: Final = {
    "date": "31.02.{}",
    "time": "25:{}",
    "number": "{}x",
    "email": "marked{}@",
    "url": "marked {}",
}


@dataclass
class Field:
    name: str
    kind: str
    value: str = ""
    checked: bool = False
    required: bool = False
    options: list[tuple[str, bool]] = field(default_factory=list)


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def typed(self) -> list[Field]:
        return [one for one in self.fields if one.name and one.kind not in UNTYPED]

    def sent(self) -> dict[str, list[str]]:
        """What a browser sends of the form as it stands."""
        found: dict[str, list[str]] = {}
        for one in self.fields:
            if not one.name or one.kind in ("submit", "button", "image", "reset", "file"):
                continue
            if one.kind == "select":
                values = [value for value, chosen in one.options if chosen] or [v for v, _ in one.options[:1]]
            elif one.kind in ("checkbox", "radio"):
                values = [one.value] if one.checked else []
            else:
                values = [one.value]
            found.setdefault(one.name, []).extend(values)
        return found


class Reader(HTMLParser):
    """Void of nesting but for forms and selects, which is all that matters here."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._field: Field | None = None
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in given:
            self._open(tag, given)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        made = Field(given.get("name", ""), tag, required="required" in given)
        if tag == "input":
            made.kind = given.get("type", "text")
            made.value = given.get("value", "on" if made.kind in ("checkbox", "radio") else "")
            made.checked = "checked" in given
        elif tag == "button":
            made.kind = "submit"
        elif tag == "option" and self._field is not None and self._field.kind == "select":
            self._field.options.append((given.get("value", ""), "selected" in given))
            return
        elif tag not in ("select", "textarea"):
            return
        else:
            self._field = made
        self._form.fields.append(made)

    def handle_data(self, data: str) -> None:
        if self._field is not None and self._field.kind == "textarea":
            self._field.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            if self._field is not None and tag == "textarea":
                self._field.value = self._field.value.removeprefix("\n")
            self._field = None


def forms_of(html: str) -> list[Form]:
    reader = Reader()
    reader.feed(html)
    return [form for form in reader.forms if form.method == "post"]


def type_into(form: Form, *, wrong: bool) -> None:
    """Another choice in each field, and marked words: `wrong`, such as its kind does not take."""
    for number, one in enumerate(form.typed, start=10):
        if one.kind == "select":
            last = len(one.options) - 1
            one.options = [(value, at == last) for at, (value, _) in enumerate(one.options)]
        elif one.kind == "checkbox":
            one.checked = not one.checked
        elif one.kind == "radio":
            others = [each for each in form.typed if each.name == one.name]
            one.checked = one is others[-1]
        elif wrong and one.kind in WRONG:
            one.value = WRONG[one.kind].format(number)
        elif one.kind in ("text", "search", "textarea", "tel"):
            one.value = f"marked {number}"
