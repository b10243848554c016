"""The rules behind the phrases, each with the least that shows it; and the phrases file itself."""

import pytest

from telephony import safety
from telephony.models import Danger
from telephony.safety import phrases, scripts, words


def heard(*texts):
    found = safety.heard_in(*texts)
    return found.danger.value if found else None


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        # Inflections and order.
        ("it smelled of gas", "gas"), ("a gas smell", "gas"), ("smelling something like gas", "gas"),
        # Slips of the recognition: broken words, lost apostrophes and accents.
        ("the carbon mono oxide alarm is going off", "carbon_monoxide"), ("the see oh alarm went off", "carbon_monoxide"),
        ("theres smoke", "fire"), ("esta saliendo humo", "fire"), ("HUELE A GAS", "gas"),
        ("C.O. alarm is beeping", "carbon_monoxide"), ("the carbon monoxcide thing keeps beeping", "carbon_monoxide"),
        ("my co two detector is screaming", "carbon_monoxide"), ("there is a gas leek", "gas"),
        ("basements flooded and the powers on", "water"),
        ("la alarma del monoxsido esta sonando", "carbon_monoxide"), ("my co worker says so", None),
        ("we are in Aurora, CO 80012", None),
        # Light words between do not count, and each form of a verb is heard.
        ("our panel in the garage has been buzzing", "electric"), ("the breaker box hums", "electric"),
        ("the breaker box is humming", "electric"),
        # What takes a meaning away does not when it is denied.
        ("the smoke alarm is going off and nobody's cooking", "fire"), ("the smoke alarm went off because I was cooking", None),
        # Denied, and the words over which a denial reaches.
        ("no gas smell", None), ("I don't smell any gas", None), ("nobody smells gas", None), ("no smoke, fire, or sparks", None),
        ("I don't think it smells like gas", None), ("the CO alarm isn't going off", None), ("no huele a gas", None),
        ("no hay humo ni chispas", None),
        # What stops a denial: a new clause, an unknown word, a pronoun.
        ("no heat and it smells like gas", "gas"), ("it won't start I smell gas", "gas"), ("no hay luz pero hay humo", "fire"),
        ("no gas smell but there's smoke", "fire"), ("no, it smells like gas", "gas"),
        # Denials that deny nothing, and two that cancel each other.
        ("I can't stand the smell of gas", "gas"),
        ("not only gas, there's smoke too", "fire"), ("I can't not smell the gas", "gas"),
        ("I don't know if it smells like gas", "gas"), ("no se quita el olor a gas", "gas"),
        # Over, with the cause unknown: it was there.
        ("it doesn't smell like gas any more", "gas"), ("ya no huele a gas", "gas"),
        ("the CO alarm went off last night", "carbon_monoxide"),
        # Over, with the cause known, or cleared by those who may.
        ("there was a gas smell and the plumber fixed it", None), ("the fire department cleared the carbon monoxide alarm", None),
        ("ya vino la compañía del gas y arregló la fuga", None),
        ("the gas company fixed the leak but now it smells like gas again", "gas"),
        ("it has smelled like gas ever since they replaced it", "gas"),
        ("there was smoke two years ago", None), ("there was smoke years ago and nobody knows why", "fire"),
        # Not here.
        ("I saw on the news that a furnace exploded", None), ("my cousin's house had a gas leak last year", None),
        # Other meanings.
        ("the fire department is next door", None), ("I got fired", None), ("the spark plug is bad", None),
        ("we live in Sparks Nevada", None), ("the smoke detector has a low battery", None), ("my gas bill", None),
        # A list without "or" that ends with "nothing".
        ("we don't have any smells, leaks, smoke, nothing", None), ("no hay olores, fugas, humo, nada", None),
        ("we don't have any heat, smoke coming out, nothing works. hurry", "fire"),
        # What else must be said, and not denied.
        ("it went off at three and then it quit, the CO one", "carbon_monoxide"), ("it isn't going off, the CO one", None),
        ("not the smoke one, the detector for natural gas won't quit going off", "gas"),
        # A machine that keeps somebody well, and what fails.
        ("he's on oxygen and we lost power", "person"), ("he's on oxygen but that's all working fine, the AC is weak", None),
        ("her concentrator quit, the backup is fine for an hour", "person"),
        # Near what is live, and far from it.
        ("the puddle isn't far from the outlet", "water"), ("the puddle is nowhere near the outlet", None),
        # Clauses: a denial of one beside another.
        ("nothing is smoking but it smells like burning plastic", "electric"),
        # The gravest of several.
        ("there are sparks and I smell gas", "gas"),
    ],
)  # fmt: skip
def test_what_is_heard(text, danger):
    assert heard(text) == danger


def test_the_gravest_of_several_texts_is_heard():
    assert heard("he fainted", "it smells like gas", "") == "gas"
    assert heard("", "") is None
    assert [safety.graver(Danger.GAS, each) for each in Danger] == [False, True, True, True, True, True]


def test_the_language_of_the_words_is_known():
    assert safety.heard_in("huele a gas") == safety.Heard(Danger.GAS, "es")
    assert safety.heard_in("it smells like gas") == safety.Heard(Danger.GAS, "en")


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "....", "🔥" * 50, "no " * 3000, "smell " * 5000, "gas " * 5000, "a" * 100_000]
)
def test_any_text_is_answered_soon(text):
    safety.heard_in(text)


def test_every_danger_has_its_words_in_both_languages():
    assert set(scripts.DEFAULTS) == set(Danger)
    assert all("911" in both.en and "911" in both.es for both in scripts.DEFAULTS.values())


def test_words_are_plain():
    assert words.plain("I CAN\u2019T — ¡Está!") == "i can not — ¡esta!"
    assert words.of("It's um, like 3.5 A.M.") == ["it", "is", ",", "like", "3", ".", "5", "am"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"swamp thing"', '"rotten .. "'), "must begin and end with a word"),
        (('"swamp thing"', '".. egg"'), "must begin and end with a word"),
        (('"swamp thing"', '"a & b & c"'), "more than one &"),
        (('"swamp thing"', '"NOBODY egg"'), "NOBODY is not among the words"),
        (('["swamp thing"]', '"swamp thing"'), "must be a list"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, change, complaint):
    text = phrases.FILE.read_text(encoding="utf-8")
    text = text.replace("[[en.gas]]", '[[en.gas]]\nphrases = ["swamp thing"]\n[[en.gas]]', 1)
    (tmp_path / "phrases.toml").write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    with pytest.raises(phrases.PhraseError, match=complaint):
        phrases.read(tmp_path / "phrases.toml")
