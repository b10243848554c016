"""What the assistant promised, sentence by sentence: booked, moved or cancelled, with the times it named.

Offers, questions, conditions and what is read back before it is booked are no promises. Where that is unclear, it is none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from telephony.told import phrases
from telephony.told.times import Said
from telephony.told.turns import ASSISTANT, Sentence, light

_ITS_TIMES_ONLY = 5  # words that are no day or time, in a sentence that only repeats when
Reader = Callable[[str], list[Said]]


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one appointment. `kind` is booked, moved or cancelled; `time` what it named, None for no time.

    `words` are those of the sentence that belong to it. `soft` words promise nothing by themselves ("you're all set"), but tell
    of what was done. `another`: beside the one before; `standing`: of one that was there already. `order` is its place in the
    call, `at` when it was said, where that is known.
    """

    kind: str
    sentence: str
    words: str
    time: Said | None
    order: int
    at: datetime | None
    soft: bool = False
    another: bool = False
    standing: bool = False


@dataclass(slots=True)
class _Clause:
    text: str
    light: str
    kind: str = ""
    soft: bool = False


def of(sentences: Sequence[Sentence], read: Reader) -> list[Promise]:
    """Return the promises in the order they were made; `read` finds the times in a text."""
    found: list[Promise] = []
    for order, sentence in enumerate(sentences):
        if sentence.role != ASSISTANT or _is_read_back(sentences, order):
            continue
        made = _promised(sentence, order, read)
        if not made and found and found[-1].order == _before(sentences, order) and not sentence.text.endswith("?"):
            made = _elaborated(sentence, found[-1], order, read)
        if not made and found:
            made = _said_again(sentences, found[-1], order, read)
        if not made:
            made = _intended(sentences, order, read)
        found += made
    return found


def denied_after(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the assistant said later that nothing was done, or took back what it had said."""
    return any(each.role == ASSISTANT and phrases.DENIAL.search(light(each.text)) is not None for each in sentences[order + 1 :])


def _before(sentences: Sequence[Sentence], order: int) -> int:
    """Return the place of the sentence before, of the same turn; -1 where there is none."""
    return order - 1 if order and sentences[order - 1].turn == sentences[order].turn else -1


def _is_read_back(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the rest of the turn asks if what was said is right."""
    turn = sentences[order].turn
    rest = [each.text for each in sentences[order + 1 :] if each.turn == turn]
    return any("?" in each and phrases.READ_BACK.match(light(each)) for each in rest)


def _promised(sentence: Sentence, order: int, read: Reader) -> list[Promise]:
    text = phrases.TAG.sub(".", sentence.text)
    clauses = [_Clause(each, light(each)) for each in phrases.CLAUSES.split(text) if each and light(each)]
    if text.endswith("?") and clauses:
        if len(clauses) == 1 or phrases.READ_BACK.match(clauses[-1].light):
            return []
        asked = next((n for n, each in enumerate(clauses) if n and phrases.ASKS.match(each.light)), None)
        if asked is None:
            return []
        clauses = clauses[:asked]
    conditional = False
    for clause in clauses:
        if not conditional:
            clause.kind, clause.soft = _kind(clause.light)
        conditional = conditional or (
            not clause.kind
            and phrases.CONDITIONAL.match(clause.light) is not None
            and phrases.HARMLESS.match(clause.light) is None
        )
    return [promise for run in _runs(clauses) for promise in _of_run(run, sentence, order, read)]


def _kind(clause: str) -> tuple[str, bool]:
    """Return the kind of promise a clause makes and whether it is soft; "" for none."""
    clause = phrases.CONFIRMS.sub("", clause)
    if phrases.NO_PROMISE.search(clause):
        return "", False
    for kind, worded in phrases.KINDS:
        match = worded.search(clause)
        if match is None:
            continue
        before = clause[: match.start()]
        if phrases.CONDITIONAL.search(before) or phrases.NEGATED.search(before) or re.search(r"\bque (?:\w+ ){0,2}$", before):
            continue
        if kind != "booked" and phrases.OTHER_OBJECT.search(clause[match.start() :]):
            continue
        return kind, phrases.SOFT.search(clause) is not None
    return "", False


def _runs(clauses: list[_Clause]) -> list[list[_Clause]]:
    """Return each promising clause with the clauses that only go on about it: what stands before the first belongs to it too."""
    runs: list[list[_Clause]] = []
    leading: list[_Clause] = []
    open_run = False
    for clause in clauses:
        if clause.kind:
            own = [each for each in leading if clause.kind == "booked"]
            runs.append([clause, *own])
            leading, open_run = [], True
        elif phrases.OTHER.search(clause.light):
            leading, open_run = [], False
        elif open_run:
            runs[-1].append(clause)
        elif not runs:
            leading.append(clause)
    return runs


def _of_run(run: list[_Clause], sentence: Sentence, order: int, read: Reader) -> list[Promise]:
    head = run[0]
    text = ", ".join(each.text for each in run)
    whole = " ".join(each.light for each in run)
    base = Promise(
        head.kind, sentence.text, text, None, order, sentence.at, soft=head.soft,
        another=phrases.ANOTHER.search(whole) is not None, standing=phrases.STANDING.search(whole) is not None,
    )  # fmt: skip
    said = [each for each in read(text) if not each.open]
    if head.kind == "moved" and len(said) > 1 and not any(each.old for each in said):
        said = said[-1:]
    said = [each for each in said if not each.old] or said[:0]
    return [replace(base, time=each, soft=False) for each in said] or [base]


def _elaborated(sentence: Sentence, before: Promise, order: int, read: Reader) -> list[Promise]:
    """Return what a sentence adds to the promise before it: "That's Tuesday the 24th, between nine and eleven."."""
    words = light(sentence.text)
    if phrases.OTHER.search(words) or phrases.CONDITIONAL.search(words) or phrases.DENIAL.search(words):
        return []
    said = [each for each in read(sentence.text) if not each.open and not each.old]
    short = len(words.split()) <= _ITS_TIMES_ONLY + 9 and bool(said and said[0].names_a_day())
    if not said or not (phrases.ELABORATES.match(words) or short):
        return []
    return [
        replace(before, sentence=sentence.text, words=sentence.text, time=each, order=order, at=sentence.at, soft=False)
        for each in said
    ]


def _said_again(sentences: Sequence[Sentence], before: Promise, order: int, read: Reader) -> list[Promise]:
    """Return what puts a promise right, or repeats it, when the caller asks: "You're right, I misspoke. It's Friday."."""
    sentence = sentences[order]
    words = light(sentence.text)
    turn = [light(each.text) for each in sentences[: order + 1] if each.turn == sentence.turn]
    corrects = any(phrases.CORRECTS.search(each) for each in turn)
    if sentence.text.endswith("?") or not (corrects or phrases.ANSWERS.match(words)):
        return []
    if phrases.CONDITIONAL.search(words) or (phrases.OTHER.search(words) and not corrects):
        return []
    said = [each for each in read(sentence.text) if not each.open and not each.old and each.names_a_day()]
    return [
        replace(before, sentence=sentence.text, words=sentence.text, time=each, order=order, at=sentence.at, soft=False)
        for each in said[-1:]
    ]


def _intended(sentences: Sequence[Sentence], order: int, read: Reader) -> list[Promise]:
    """Return "I'll put you down for Tuesday at nine" as a promise where the assistant says goodbye upon it."""
    sentence = sentences[order]
    words = light(sentence.text)
    match = phrases.INTENT.search(words)
    if match is None or phrases.CONDITIONAL.search(words[: match.start()]) or sentence.text.endswith("?"):
        return []
    rest = sentences[order + 1 :]
    if any("?" in each.text for each in rest if each.role == ASSISTANT and each.turn == sentence.turn):
        return []
    if not any(each.role == ASSISTANT and phrases.FAREWELL.search(light(each.text)) for each in rest):
        return []
    said = [each for each in read(sentence.text) if each.names_a_day() and not each.open]
    return [Promise("booked", sentence.text, sentence.text, each, order, sentence.at) for each in said[:1]]
