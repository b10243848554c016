"""What the assistant promised, sentence by sentence: booked, moved or cancelled, with the times it named.

Offers, questions, conditions and what is read back before it is booked are no promises. Where that is unclear, it is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from telephony.told import asides, changes, phrases
from telephony.told.promise import Promise, Reader, the_one_before
from telephony.told.telling import goes_on, of_no_visit, only_times, telling
from telephony.told.turns import ASSISTANT, Sentence, light

_ITS_TIMES_ONLY = 5  # words that are no day or time, in a sentence that only repeats when


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
        if sentence.role != ASSISTANT or _is_read_back(sentences, order) or _is_a_call(sentences, order):
            continue
        made = _on_the_day(sentences, order, _promised(sentence, order, read), read)
        if all(each.kind == "booked" and each.time is None for each in made):
            made = _as_wished(sentences, order) or made
        at_ours = made and asides.SEES.search(light(sentence.text)) is not None
        if at_ours and any(asides.CALLER_COMES.search(light(each.text)) for each in sentences[:order]):
            continue
        if not made and found and found[-1].order == the_one_before(sentences, order) and not sentence.text.endswith("?"):
            made = _elaborated(sentence, found[-1], order, read)
        if not made and found:
            made = _said_again(sentences, found[-1], order, read)
        found += (
            made or _assented(sentences, order, read) or _intended(sentences, order, read) or only_times(sentences, order, read)
        )
    return found


def denied_after(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the assistant said later that nothing was done, or took back what it had said."""
    return any(each.role == ASSISTANT and asides.DENIAL.search(light(each.text)) is not None for each in sentences[order + 1 :])


def _is_read_back(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the rest of the turn asks if what was said is right."""
    turn = sentences[order].turn
    rest = [each.text for each in sentences[order + 1 :] if each.turn == turn]
    return any("?" in each and asides.READ_BACK.match(light(each)) for each in rest)


def _is_a_call(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether what a sentence notes is when somebody calls, as the turn goes on to say."""
    turn = sentences[order].turn
    rest = [light(each.text) for each in sentences[order:] if each.turn == turn]
    return asides.NOTED.search(rest[0]) is not None and any(asides.CALLS_BACK.search(each) for each in rest)


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
    clause = asides.meant(clause)
    if asides.NO_PROMISE.search(clause):
        return "", False
    off = changes.NO_MORE.search(clause)
    if off is not None and not asides.CONDITIONAL.search(clause) and not asides.YET.search(clause):
        return "cancelled", True
    for kind, worded in phrases.KINDS:
        match = worded.search(clause)
        if match is None:
            continue
        before = clause[: match.start()]
        if any(each.start() < match.start() for each in asides.CONDITIONAL.finditer(clause)) or asides.NEGATED.search(before):
            continue
        if re.search(r"\bque (?:\w+ ){0,2}$", before):
            continue
        if kind != "booked" and (asides.OTHER_OBJECT.search(clause[match.start() :]) or changes.WILL.search(before)):
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
    soft = head.soft and head.kind == "cancelled"
    return [replace(base, time=each, soft=soft) for each in said] or [base]


def _elaborated(sentence: Sentence, before: Promise, order: int, read: Reader) -> list[Promise]:
    """Return what a sentence adds to the promise before it: "That's Tuesday the 24th, between nine and eleven."."""
    words = light(sentence.text)
    if goes_on(words) or of_no_visit(words):
        return []
    if before.kind == "cancelled" and (phrases.STANDING.search(words) or phrases.UNCHANGED.search(words)):
        return []  # "Thursday is cancelled. Monday is still on."
    said = [each for each in read(sentence.text) if not each.open and not each.old]
    short = len(words.split()) <= _ITS_TIMES_ONLY + 9 and bool(said and (said[0].names_a_day() or said[0].pairs))
    if not said or not (phrases.ELABORATES.match(words) or short):
        return []
    days = before.time.days if before.time is not None else []
    return [
        replace(
            before, sentence=sentence.text, words=sentence.text, time=replace(each, days=each.days or days), order=order,
            at=sentence.at, soft=False,
        )
        for each in said
    ]  # fmt: skip


def _on_the_day(sentences: Sequence[Sentence], order: int, made: list[Promise], read: Reader) -> list[Promise]:
    """Return promises of hours with the day the sentence before named: "Thursday, then. He comes between two and four."."""
    before = the_one_before(sentences, order)
    if before < 0 or sentences[before].text.endswith("?"):
        return made
    said = [each for each in read(telling(sentences[before].text)[1]) if not each.open and not each.old]
    if len(said) != 1 or said[0].names_a_time():
        return made
    return [
        replace(each, time=replace(each.time, days=said[0].days)) if each.time and not each.time.names_a_day() else each
        for each in made
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


def _as_wished(sentences: Sequence[Sentence], order: int) -> list[Promise]:
    """Return "Done." as the end of a visit, where the caller asked for that."""
    sentence = sentences[order]
    clauses = [light(each or "") for each in phrases.CLAUSES.split(sentence.text)]
    if sentence.text.endswith("?") or not any(phrases.DONE.match(each) for each in clauses[:2]):
        return []
    for each in reversed(sentences[:order]):
        words = light(each.text)
        if each.role == ASSISTANT or asides.CONDITIONAL.search(words):
            continue
        if changes.KEPT.search(words):
            break
        if changes.WISHED.search(words):
            return [Promise("cancelled", sentence.text, sentence.text, None, order, sentence.at, soft=True)]
    return []


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
    off = changes.INTENT.search(words)
    match = off or phrases.INTENT.search(words)
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
    if off is not None:
        return [Promise("cancelled", sentence.text, sentence.text, said[0] if said else None, order, sentence.at, soft=True)]
    return [Promise("booked", sentence.text, sentence.text, each, order, sentence.at) for each in said[:1]]
