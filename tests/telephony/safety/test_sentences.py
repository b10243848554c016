"""Sentences as callers speak them: every danger is heard, and next to nothing else. The figures are printed.

Beside our own set there are sets by people who had not seen the phrases. How each fell the first time, before anything was
mended by it, is the honest figure: the second recall 92.7 %, false alarms 7.3 %; the third recall 84.2 %, false alarms 5.8 %;
the fourth recall 91.7 %, false alarms 1.7 %. All three have been read since, and what they taught is in the phrases, so their
figures of today say only that none of it is lost. The fifth, written to tempt (old times, other houses, figures of speech), fell
at recall 91.7 %, false alarms 15.8 %, and nothing was mended by it.
"""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from telephony.models import Danger
from telephony.safety import measuring

HERE = Path(__file__).parent
OURS = HERE / "sentences.jsonl"
UNSEEN = HERE / "fifth_set.jsonl"
LEAST_RECALL_OF_THE_UNSEEN, MOST_FALSE_OF_THE_UNSEEN = 0.9, 0.17
READ_SINCE = (HERE / "second_set.jsonl", HERE / "third_set.jsonl", HERE / "fourth_set.jsonl")


def reported(capsys, path):
    sentences = measuring.read(path)
    assert sentences
    figures = measuring.measure(sentences)
    show(
        capsys,
        f"{path.name}, {len(sentences)} sentences: {figures}",
        *(f"  missed {each.danger}: {each.text}" for each in figures.missed),
        *(f"  false alarm, {heard}: {each.text}" for each, heard in figures.false),
    )
    return figures


def show(capsys, *lines):
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


def test_every_danger_of_our_set_is_heard_and_few_others(capsys):
    figures = measuring.measure(measuring.read(OURS))
    show(capsys, f"{OURS.name}: {figures}")
    assert [each.text for each in figures.missed] == []
    assert figures.recall == 1
    assert figures.false_alarms <= 0.02, figures.false
    assert figures.right_class >= 0.95, figures.other


def test_our_set_is_what_it_says_it_is():
    sentences = measuring.read(OURS)
    texts = [" ".join(each.text.casefold().split()) for each in sentences]
    assert len(texts) == len(set(texts)) >= 420
    assert {each.language for each in sentences} == {"en", "es"}
    assert sum(each.language == "es" for each in sentences) * 3 >= len(sentences)
    harmless = sum(each.danger is None for each in sentences)
    assert 0.45 <= harmless / len(sentences) <= 0.55
    for danger in Danger:
        for language in ("en", "es"):
            assert sum(each.danger == danger and each.language == language for each in sentences) >= 9, (danger, language)


@pytest.mark.parametrize("path", READ_SINCE, ids=lambda path: path.stem)
def test_sets_of_others_are_heard_since_they_were_read(capsys, path):
    figures = reported(capsys, path)
    assert figures.recall >= 0.99
    assert figures.false_alarms <= 0.02


def test_a_set_that_no_phrase_was_written_for_is_reported(capsys):
    figures = reported(capsys, UNSEEN)
    assert figures.recall >= LEAST_RECALL_OF_THE_UNSEEN
    assert figures.false_alarms <= MOST_FALSE_OF_THE_UNSEEN


@pytest.mark.parametrize("path", [OURS, *READ_SINCE], ids=lambda path: path.stem)
def test_next_to_nothing_is_lost_where_the_recognition_puts_no_marks(path):
    """Speech recognition may leave out all punctuation, apostrophes too, and write all in small letters."""
    bare = [replace(each, text=re.sub(r"[^\w\s]", "", each.text.replace("-", " ")).lower()) for each in measuring.read(path)]
    figures = measuring.measure(bare)
    assert figures.recall >= 0.985, figures.missed
    assert figures.false_alarms <= 0.02, figures.false


def test_the_command_says_what_is_heard(capsys):
    call_command("hear", "it smells like gas", "my gas bill")
    assert capsys.readouterr().out.splitlines() == ["Gas: it smells like gas", "no danger: my gas bill"]
    call_command("hear", file=OURS)
    assert capsys.readouterr().out.startswith("sentences.jsonl, phrases ")


@pytest.mark.parametrize("content", ["no JSON", "{}", '{"text": "a", "language": "en", "danger": "flood"}'])
def test_the_command_refuses_what_is_no_set(tmp_path, content):
    (tmp_path / "set.jsonl").write_text(content)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("hear", file=tmp_path / "set.jsonl")
    with pytest.raises(CommandError, match="Give a sentence"):
        call_command("hear")
