"""Danger that no turn speaks of by itself, and answers that speak of none."""

import pytest

from telephony import safety
from telephony.safety.dialogue import Turn, heard_across

ASKED = [
    ("Do you smell gas?", "Yes.", "gas"),
    ("Do you smell gas?", "um, yeah I do", "gas"),
    ("I'm sorry to hear that. Is there any smell of gas, burning, or smoke?", "A little bit.", "gas"),
    ("Is the carbon monoxide alarm going off?", "uh huh", "carbon_monoxide"),
    ("Is the carbon monoxide alarm still sounding?", "It is.", "carbon_monoxide"),
    ("Do you see any smoke or sparks?", "Yes, from the top of it", "fire"),
    ("Is water getting near the electrical panel?", "Yeah it's running right down behind it", "water"),
    ("Is anyone hurt?", "Yes ma'am", "person"),
    ("¿Huele a gas?", "Sí.", "gas"),
    ("¿Huele a gas?", "Pues sí, tantito.", "gas"),
    ("¿Ve humo o chispas?", "Ajá, del cable", "fire"),
    ("¿Hay alguien herido?", "Así es", "person"),
    ("What does it smell like?", "like gas, I guess", "gas"),
    ("What kind of smell is it?", "gas", "gas"),
    ("How would you describe the smell?", "kind of electrical", "electric"),
    ("¿A qué huele?", "a gas", "gas"),
    ("¿Cómo es el olor?", "como a gas", "gas"),
]
HARMLESS = [
    ("Do you smell gas?", "No."),
    ("Do you smell gas?", "No, nothing like that."),
    ("Do you smell gas?", "Yes and no, it's the neighbor's barbecue"),
    ("Is anyone hurt?", "Everybody is fine"),
    ("Is anyone hurt?", "It is just cold in here"),
    ("So there's no gas smell, right?", "Yes."),
    ("Has the gas company been there and cleared it?", "Yes."),
    ("Would you like Tuesday at nine?", "Yes."),
    ("If you smell gas, leave. Would you like me to book Tuesday at nine?", "Yes please."),
    ("If you ever smell gas, leave the building and call us from outside.", "Yes, okay."),
    ("¿Huele a gas?", "No, para nada."),
    ("¿Le parece bien el martes a las nueve?", "Sí."),
    ("What does it smell like?", "like dirty socks"),
    ("What does it smell like?", "dusty"),
    ("¿A qué huele?", "a humedad"),
    ("What kind of furnace is it?", "gas"),
]


def test_no_words_of_these_are_a_danger_by_themselves():
    assert [text for _, text, _ in ASKED if safety.heard_in(text)] == []


@pytest.mark.parametrize(("question", "text", "danger"), ASKED)
def test_an_answer_is_heard_with_its_question(question, text, danger):
    found = heard_across([Turn("user", "The heat is out."), Turn("assistant", question)], text)
    assert found is not None
    assert found.heard.danger == danger
    assert text in found.text
    assert question.split(". ")[-1] in found.text


@pytest.mark.parametrize(("question", "text"), HARMLESS)
def test_an_answer_that_speaks_of_no_danger(question, text):
    assert heard_across([Turn("user", "The heat is out."), Turn("assistant", question)], text) is None


def test_a_question_in_parts_is_put_together():
    parts = [Turn("user", "Hi"), Turn("assistant", "Before I book that, do you"), Turn("assistant", "smell gas?")]
    found = heard_across(parts, "yes")
    assert found is not None
    assert found.heard.danger == "gas"


def test_the_question_is_the_last_thing_the_assistant_said():
    asked = Turn("assistant", "Do you smell gas?")
    assert heard_across([asked, Turn("user", "hold on"), Turn("assistant", "Sure. Anything else?")], "yes") is None
    assert heard_across([asked, Turn("assistant", "I'll wait.")], "yes") is None


def test_a_sentence_broken_in_two_is_put_together():
    found = heard_across([Turn("user", "There's a smell of.")], "gas in the hallway")
    assert found is not None
    assert found.heard.danger == "gas"
    assert heard_across([Turn("user", "I smell gas.")], "in the hallway") is None  # it was heard already


def test_who_says_much_says_it_whole():
    long = "it went on for a while and then it went away"
    assert heard_across([Turn("assistant", "Do you smell gas?")], long) is None
    assert heard_across([], "yes") is None
