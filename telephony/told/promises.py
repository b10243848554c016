"""What the assistant promised, sentence by sentence: booked, moved or cancelled, with the times it named.

Offers, questions, conditions and what is read back before it is booked are no promises. Where that is unclear, it is none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from telephony.told import asides, phrases
from telephony.told.times import Said
from telephony.told.turns import ASSISTANT, Sentence, light

_ITS_TIMES_ONLY = 5  # words that are no day or time, in a sentence that only repeats when
Reader = Callable[[str], list[Said]]


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one appointment. `kind` is booked, moved or cancelled; `time` what it named, None for no time.

    `words` are those of the sentence that belong to it. `soft` words promise nothing by themselves ("you're all set"), but tell
    of what was done. `bare`: only a day and a time ("Thursday the second, nine to eleven"); it can tell of a booking or
    contradict it, and promises none; `last` where no word after it asks for a time or names one. `another`: beside the one
    before; `standing`: of one that was there already. `order` is its place in the call, `at` when it was said, if
    that is known.
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
    bare: bool = False
    last: bool = False


@dataclass(slots=True)
class _Clause:
    text: str
    light: str
    place: int
    kind: str = ""
    soft: bool = False


def of(sentences: Sequence[Sentence], read: Reader) -> list[Promise]:
    """Return the promises in the order they were made; `read` finds the times in a text."""
    found: list[Promise] = []
    for order, sentence in enumerate(sentences):
        if sentence.role != ASSISTANT or _is_read_back(sentences, order):
            continue
        made = _promised(sentence, order, read)
        at_ours = made and asides.SEES.search(light(sentence.text)) is not None
        if at_ours and any(asides.CALLER_COMES.search(light(each.text)) for each in sentences[:order]):
            continue
        if not made and found and found[-1].order == _before(sentences, order) and not sentence.text.endswith("?"):
            made = _elaborated(sentence, found[-1], order, read)
        if not made and found:
            made = _said_again(sentences, found[-1], order, read)
        found += (
            made or _assented(sentences, order, read) or _intended(sentences, order, read) or _only_times(sentences, order, read)
        )
    return found


def denied_after(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the assistant said later that nothing was done, or took back what it had said."""
    return any(each.role == ASSISTANT and asides.DENIAL.search(light(each.text)) is not None for each in sentences[order + 1 :])


def _before(sentences: Sequence[Sentence], order: int) -> int:
    """Return the place of the sentence before, of the same turn; -1 where there is none."""
    return order - 1 if order and sentences[order - 1].turn == sentences[order].turn else -1


def _is_read_back(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the rest of the turn asks if what was said is right."""
    turn = sentences[order].turn
    rest = [each.text for each in sentences[order + 1 :] if each.turn == turn]
    return any("?" in each and asides.READ_BACK.match(light(each)) for each in rest)


def _promised(sentence: Sentence, order: int, read: Reader) -> list[Promise]:
    text = asides.TAG.sub(".", sentence.text)
    clauses = [_Clause(each, light(each), n) for n, each in enumerate(phrases.CLAUSES.split(text)) if each and light(each)]
    if text.endswith("?") and clauses:
        if len(clauses) == 1 or asides.READ_BACK.match(clauses[-1].light):
            return []
        asked = next((n for n, each in enumerate(clauses) if n and asides.ASKS.match(each.light)), None)
        if asked is None:
            return []
        clauses = clauses[:asked]
    conditional = False
    for clause in clauses:
        if not conditional:
            clause.kind, clause.soft = _kind(clause.light)
        conditional = conditional or (
            not clause.kind and asides.CONDITIONAL.match(clause.light) is not None and asides.HARMLESS.match(clause.light) is None
        )
    for clause, behind in pairwise(clauses):
        if asides.ONLY_IF.match(behind.light):
            clause.kind = ""
    if clauses[0].kind == "booked" and phrases.DONE.match(clauses[0].light) and any(each.kind for each in clauses[1:]):
        clauses[0].kind = ""  # "Done, Friday's visit is cancelled"
    return [promise for run in _runs(clauses) for promise in _of_run(run, sentence, order, read)]


def _kind(clause: str) -> tuple[str, bool]:
    """Return the kind of promise a clause makes and whether it is soft; "" for none."""
    clause = asides.CONFIRMS.sub("", clause)
    if asides.NO_PROMISE.search(clause):
        return "", False
    for kind, worded in phrases.KINDS:
        match = worded.search(clause)
        if match is None:
            continue
        before = clause[: match.start()]
        if any(each.start() < match.start() for each in asides.CONDITIONAL.finditer(clause)) or asides.NEGATED.search(before):
            continue
        if re.search(r"\bque (?:\w+ ){0,2}$", before):
            continue
        if kind != "booked" and asides.OTHER_OBJECT.search(clause[match.start() :]):
            continue
        return kind, phrases.SOFT.search(clause) is not None
    if phrases.STATE.search(clause) and not _goes_on(clause) and not asides.NEGATED_ANYWHERE.search(clause):
        return "booked", True
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
        elif asides.OTHER.search(clause.light):
            leading, open_run = [], False
        elif open_run:
            runs[-1].append(clause)
        elif not runs:
            leading.append(clause)
    return runs


def _of_run(run: list[_Clause], sentence: Sentence, order: int, read: Reader) -> list[Promise]:
    head = run[0]
    text = ", ".join(each.text for each in sorted(run, key=lambda each: each.place))
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
    if asides.OTHER.search(words) or asides.CONDITIONAL.search(words) or asides.DENIAL.search(words):
        return []
    if before.kind == "cancelled" and (phrases.STANDING.search(words) or phrases.UNCHANGED.search(words)):
        return []  # "Thursday is cancelled. Monday is still on."
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
    if asides.CONDITIONAL.search(words) or (asides.OTHER.search(words) and not corrects):
        return []
    said = [each for each in read(sentence.text) if not each.open and not each.old and each.names_a_day()]
    return [
        replace(before, sentence=sentence.text, words=sentence.text, time=each, order=order, at=sentence.at, soft=False)
        for each in said[-1:]
    ]


def _only_times(sentences: Sequence[Sentence], order: int, read: Reader) -> list[Promise]:
    """Return what a sentence that promises nothing by itself says of when: "Done. Thursday the second, nine to eleven."."""
    sentence = sentences[order]
    if sentence.text.endswith("?") and not asides.TAG.search(sentence.text):
        return []
    opening, text = telling(sentence.text)
    said = [each for each in read(text) if not each.open and not each.old]
    if not said or not any(each.names_a_day() or each.pairs for each in said):
        return []
    before = _before(sentences, order)
    if not opening and before >= 0 and phrases.DONE.match(light(sentences[before].text)):
        opening = light(sentences[before].text)
    moved = phrases.MOVE.search(opening) is not None
    firm = bool(opening) and not _wants_more(sentences, order)
    return [
        Promise(
            "moved" if moved else "booked", sentence.text, sentence.text, each, order, sentence.at,
            another=phrases.ANOTHER.search(light(text)) is not None, bare=not firm, last=_is_last(sentences, order, read),
        )
        for each in said
    ]  # fmt: skip


def telling(text: str) -> tuple[str, str]:
    """Return the clauses that only say that it is done, and those after that say when, up to one that goes on about more."""
    opening: list[str] = []
    when: list[str] = []
    for clause in phrases.CLAUSES.split(asides.TAG.sub(".", text)):
        words = light(clause or "")
        if not words or phrases.ONLY_FILLED.match(words):
            continue
        if phrases.DONE.match(words) and all(len(each.split()) == 1 for each in when):  # "Jane, done."
            opening.append(words)
        elif _goes_on(words):
            break
        else:
            when.append(clause)
    return " ".join(opening), ", ".join(when)


def _goes_on(words: str) -> bool:
    """Say whether a clause goes on about something else than when: an offer, a condition, a fee, a telephone call."""
    return any(
        each.search(words) for each in (asides.OFFERED, asides.OTHER, asides.CONDITIONAL, asides.DENIAL, asides.NO_PROMISE)
    )


def _wants_more(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the rest of the turn asks for what is needed first: a name, an address, whether it suits."""
    turn = sentences[order].turn
    rest = [light(each.text) for each in sentences[order + 1 :] if each.turn == turn and "?" in each.text]
    return any(asides.WANTS.search(each) for each in rest)


def _is_last(sentences: Sequence[Sentence], order: int, read: Reader) -> bool:
    """Say whether nobody named a time or asked about one after a sentence: it is where the call was left."""
    rest = sentences[order + 1 :]
    return not _wants_more(sentences, order) and not any(
        each.role != ASSISTANT and any(said.names_a_time() or said.names_a_day() for said in read(each.text)) for each in rest
    )


def _assented(sentences: Sequence[Sentence], order: int, read: Reader) -> list[Promise]:
    """Return what the caller believes and the assistant says yes to: "So I'm booked for Friday?" "That's right."."""
    sentence = sentences[order]
    if not order or sentences[order - 1].role == ASSISTANT or not phrases.ASSENTS.match(light(sentence.text)):
        return []
    asked = sentences[order - 1].text
    words = light(asked)
    if not phrases.BELIEVES.search(words) or asides.CONDITIONAL.search(words) or asides.NEGATED_ANYWHERE.search(words):
        return []
    said = [each for each in read(asked) if not each.open and not each.old and each.names_a_day()]
    text = f"{asked} {sentence.text}"
    return [Promise("booked", text, asked, each, order, sentence.at, standing=True) for each in said[-1:]]


def _intended(sentences: Sequence[Sentence], order: int, read: Reader) -> list[Promise]:
    """Return "I'll put you down for Tuesday at nine" as a promise where the assistant says goodbye upon it."""
    sentence = sentences[order]
    words = light(sentence.text)
    match = phrases.INTENT.search(words)
    if (
        match is None
        or asides.NO_PROMISE.search(words)
        or asides.CONDITIONAL.search(words[: match.start()])
        or sentence.text.endswith("?")
    ):
        return []
    rest = sentences[order + 1 :]
    if any("?" in each.text for each in rest if each.role == ASSISTANT and each.turn == sentence.turn):
        return []
    if not any(each.role == ASSISTANT and asides.FAREWELL.search(light(each.text)) for each in rest):
        return []
    said = [each for each in read(sentence.text) if each.names_a_day() and not each.open]
    return [Promise("booked", sentence.text, sentence.text, each, order, sentence.at) for each in said[:1]]
