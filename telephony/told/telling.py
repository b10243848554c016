"""Sentences that say when, in no known wording: "Thursday the second, nine to eleven.", "The truck rolls up Friday at nine."."""

from collections.abc import Sequence

from telephony.told import asides, changes, phrases
from telephony.told.promise import Promise, Reader, the_one_before
from telephony.told.times import Said
from telephony.told.turns import ASSISTANT, Sentence, light


def only_times(sentences: Sequence[Sentence], order: int, read: Reader) -> list[Promise]:
    """Return what a sentence that promises nothing by itself says of when: "Done. Thursday the second, nine to eleven."."""
    sentence = sentences[order]
    if sentence.text.endswith("?") and not asides.TAG.search(sentence.text):
        return []
    opening, text = telling(sentence.text)
    said = [each for each in read(text) if not each.open and not each.old]
    if not said or not any(each.names_a_day() or each.pairs for each in said):
        return []
    before = the_one_before(sentences, order)
    if not opening and before >= 0 and phrases.DONE.match(light(sentences[before].text)):
        opening = light(sentences[before].text)
    moved = changes.MOVE.search(opening) is not None
    firm = (bool(opening) or _says_so(text, said)) and not _wants_more(sentences, order)
    return [
        Promise(
            "moved" if moved else "booked", sentence.text, sentence.text, each, order, sentence.at,
            another=phrases.ANOTHER.search(light(text)) is not None, bare=not firm, last=_is_last(sentences, order, read),
        )
        for each in said
    ]  # fmt: skip


def of_no_visit(words: str) -> bool:
    return asides.NEGATED_ANYWHERE.search(words) is not None or asides.NO_VISIT.search(words) is not None


def _says_so(text: str, said: Sequence[Said]) -> bool:
    """Say whether a sentence says of somebody, or of a visit, when it is: whatever its words, where none of them offers it."""
    words = light(text)
    if of_no_visit(words):
        return False
    if phrases.STATE.search(asides.meant(words)):
        return True
    return phrases.SPEAKS_OF_A_VISIT.search(words) is not None and all(
        each.names_a_day() and each.names_a_time() for each in said
    )


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
        elif goes_on(words):
            break
        else:
            when.append(clause)
    return " ".join(opening), ", ".join(when)


def sure(text: str) -> str:
    """Return the clauses of a sentence that offer nothing and stand under no condition."""
    clauses = [each for each in phrases.CLAUSES.split(text) if each]
    return ", ".join(
        each for each in clauses if not asides.OFFERED.search(light(each)) and not asides.CONDITIONAL.search(light(each))
    )


def goes_on(words: str) -> bool:
    """Say whether a clause goes on about something else than when: an offer, a condition, a fee, a telephone call."""
    words = asides.meant(words)
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
    own = read(sentences[order].text)
    named = [said for each in sentences[order + 1 :] if each.role != ASSISTANT for said in read(each.text)]
    return not _wants_more(sentences, order) and all(any(said.repeats(each) for each in own) for said in named)
