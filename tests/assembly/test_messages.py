"""Every sentence a caller can hear is there in Spanish, and what is loaded is what was translated."""

import io
import string
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext, ngettext

from telephony.tools.run import TOOLS

ROOT = Path(__file__).parents[2]
SPANISH = ROOT / "locale" / "es" / "LC_MESSAGES"
SAMPLES = {
    "count": 3, "name": "Jane Doe", "zip": "1 0 0 0 1", "shop": "ABC HVAC", "reference": "H V, 4 K 7 P Q", "area": "Queens",
}  # fmt: skip


def extracted():
    """The sentences marked in the code: one text, or the texts for one and for several."""
    found = set()
    for room in ("bookings", "telephony"):
        for _file, _line, message, _comments, context in extract_from_dir(ROOT / room, keywords=DEFAULT_KEYWORDS):
            assert context is None
            found.add(message)
    return sorted(found, key=str)


@cache
def catalogue() -> Catalog:
    with (SPANISH / "django.po").open("rb") as file:
        return read_po(file, locale="es")


def texts(value):
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


SENTENCES = sorted((message.id for message in catalogue() if message.id), key=str)


def test_the_catalogue_has_what_the_code_says_and_nothing_else():
    """`make messages` brings them in step."""
    assert extracted() == SENTENCES


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: texts(sentence)[0][:60])
def test_a_sentence_is_there_in_spanish_with_what_is_filled_in(sentence):
    message = catalogue().get(sentence if isinstance(sentence, str) else sentence[0])
    assert message is not None
    assert not message.fuzzy
    assert all(texts(message.string)), "not translated"
    for spanish in texts(message.string):
        assert placeholders(spanish) == placeholders(texts(sentence)[0])
        assert spanish != texts(sentence)[0]
    for language in ("en", "es"):
        with translation.override(language):
            said = gettext(sentence) if isinstance(sentence, str) else ngettext(sentence[0], sentence[1], 3)
            filled = said.format(**{name: SAMPLES.get(name, "—") for name in placeholders(said)})
        assert said in (texts(message.string) if language == "es" else texts(sentence))
        assert not set("{}") & set(filled)
        assert filled == filled.strip()


def test_what_is_loaded_is_what_was_translated():
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    assert (SPANISH / "django.mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("name", TOOLS)
def test_what_a_tool_asks_for_is_asked_for_in_both_languages(name):
    for field in TOOLS[name].takes.fields.values():
        with translation.override("en"):
            english = str(field.label)
        with translation.override("es"):
            assert str(field.label) != english
