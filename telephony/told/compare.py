"""What was promised beside what stands: which promise is about which booking, and what contradicts it. No database.

Of all promises about a booking the last one that names a day, and the last that names a time, are what its customer believes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telephony.told import amounts, asides, phrases, promises, telling
from telephony.told.judging import SLACK, Judge, Read, Sense
from telephony.told.promise import Reader
from telephony.told.rows import Row, Standing
from telephony.told.turns import ASSISTANT, Sentence, light


class Contradiction(StrEnum):
    """What a caller believes and what stands differ; the names are those of the concerns they become."""

    NOT_BOOKED = "not_booked"
    OTHER_TIME = "other_time"
    NOT_TOLD = "not_told"
    FEE_NOT_TOLD = "fee_not_told"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction. `said` are the assistant's own words; `promised` the kind of promise that nothing keeps."""

    what: Contradiction
    said: str
    row: Row | None = None
    promised: str = ""


def findings(
    sentences: Sequence[Sentence],
    standing: Standing,
    read: Reader,
    service_of: Callable[[str], int | None],
    also: Sequence[Sentence] = (),
    *,
    began: datetime,
) -> list[Finding]:
    """Return what contradicts, in a fixed order.

    `also` was heard as well, nobody knows when: it can only absolve. `began` is when the call did. `service_of` returns the
    id of the service that a sentence names.
    """
    if not any(each.role == ASSISTANT for each in sentences):
        return []
    made = promises.of(sentences, read)
    judge = Judge(standing, made, service_of)
    understood = [judge.read(each) for each in made]
    found = _unkept(understood, sentences)
    extra = [judge.read(each) for each in promises.of(also, read)]
    for row in standing.rows:
        about = [each for each in understood if each.row is row]
        other = _other_time(row, about)
        if other is not None:
            found.append(Finding(Contradiction.OTHER_TIME, other, row))
        elif row.touched and not _is_told(row, [*about, *(each for each in extra if each.row is row)], sentences, read):
            last = next((each.text for each in reversed(sentences) if each.role == ASSISTANT), "")
            found.append(Finding(Contradiction.NOT_TOLD, last, row))
    return found + _fees(standing, understood, [*sentences, *also], began)


def _unkept(understood: Sequence[Read], sentences: Sequence[Sentence]) -> list[Finding]:
    """Return a finding for each kind of promise that nothing keeps, with all sentences that make it."""
    said: dict[str, list[str]] = {}
    for each in understood:
        if each.sense is Sense.UNKEPT and not promises.denied_after(sentences, each.promise.order):
            said.setdefault(each.promise.kind, []).append(each.promise.sentence)
    if len(said) > 1 and "cancelled" in said:  # "I've moved it to Friday. Monday's off the calendar."
        given_up = said.pop("cancelled")
        said["moved" if "moved" in said else "booked"] += given_up
    if "moved" in said:  # "Rescheduled! We'll see you Friday."
        said["moved"] += said.pop("booked", [])
    return [
        Finding(Contradiction.NOT_BOOKED, "\n".join(dict.fromkeys(words)), promised=kind) for kind, words in sorted(said.items())
    ]


def _other_time(row: Row, about: Sequence[Read]) -> str | None:
    """Return the sentence with the last day, else with the last time, that was named for a booking and is not its own."""
    named = [each.promise for each in about if each.sense in (Sense.KEPT, Sense.OTHER) and each.promise.time is not None]
    if row.cancelled:
        last = named[-1] if named else None
        return last.sentence if last is not None and last.time is not None and not last.time.fits(row.window) else None
    day = next((each for each in reversed(named) if each.time and each.time.names_a_day()), None)
    if day is not None and day.time is not None and not day.time.day_fits(row.window):
        return day.sentence
    time = next((each for each in reversed(named) if each.time and each.time.names_a_time()), None)
    if time is not None and time.time is not None and not time.time.time_fits(row.window):
        return time.sentence
    return None


def _is_told(row: Row, about: Sequence[Read], sentences: Sequence[Sentence], read: Reader) -> bool:
    """Say whether what the call did with a booking was spoken of."""
    for each in about:
        after = each.promise.at is None or row.changed_at is None or each.promise.at >= row.changed_at - SLACK
        if row.cancelled and each.promise.kind != "cancelled" and not (each.promise.soft and after):
            continue
        if each.promise.bare and _put_off(sentences, each.promise.order):
            continue
        if each.sense is Sense.KEPT and (each.promise.time is not None or after):
            return True
        if each.sense is Sense.FORMER and after and each.promise.kind == "moved":
            return True
    return any(_speaks_of(row, order, sentences, read) for order in range(len(sentences)))


def _put_off(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the caller has just left it for later: what is said of when then tells of no booking."""
    turn = sentences[order].turn - 1
    return any(asides.PUTS_OFF.search(light(each.text)) for each in sentences[:order] if each.turn == turn)


def _speaks_of(row: Row, order: int, sentences: Sequence[Sentence], read: Reader) -> bool:
    """Say whether a sentence tells of what was done with a booking, though no rule reads its promise.

    By the clock, one behind the change does; without one, an agreeing time near a promising word, that is no offer.
    """
    sentence = sentences[order]
    if sentence.role != ASSISTANT or sentence.text.endswith("?") or _put_off(sentences, order):
        return False
    timed = sentence.at is not None and row.changed_at is not None
    after = sentence.at is not None and row.changed_at is not None and sentence.at >= row.changed_at - SLACK
    words = light(sentence.text)
    if row.key in re.sub(r"[^A-Z0-9]", "", sentence.text.upper()) and (after or sentence.at is None):
        return not row.cancelled
    if row.cancelled:
        spoken = phrases.SPOKEN_OFF.search(words) is not None
        return spoken and (after or not timed) and asides.NEGATED_ANYWHERE.search(words) is None
    if after:
        told = [each for each in read(telling.sure(sentence.text)) if not each.open and each.fits(row.window)]
        return any(each.names_a_day() and each.names_a_time() for each in told)
    told = [each for each in read(telling.telling(sentence.text)[1]) if not each.open and each.fits(row.window)]
    near = any(phrases.PROMISING.search(light(each.text)) for each in sentences[: order + 1] if each.turn == sentence.turn)
    return not timed and near and any(each.names_a_day() or each.pairs for each in told)


def _fees(standing: Standing, understood: Sequence[Read], sentences: Sequence[Sentence], began: datetime) -> list[Finding]:
    """Return the bookings whose fee was not named, or named wrong at last."""
    rows = [row for row in standing.rows if row.touched and not row.cancelled]
    said = [
        amount
        for order, each in enumerate(sentences)
        if each.role == ASSISTANT
        for amount in amounts.named(each.text, order=order, asked=_is_answer(sentences, order))
    ]
    known = [each.cents for each in said]
    fees = [(row.visit_cents, row.trip_cents) for row in rows]
    right = {cents for fee in fees for cents in (*fee, sum(fee))} | {sum(visit for visit, _ in fees), sum(map(sum, fees))}
    found = []
    for row in rows:
        made = [each.promise.order for each in understood if each.row is row and each.sense in (Sense.KEPT, Sense.OTHER)]
        turn = sentences[made[-1]].turn if made else None
        since = next((n for n, each in enumerate(sentences) if each.turn == turn), len(sentences))
        wrong = _wrong([each for each in said if each.order >= since and each.firm], right)
        whole = row.visit_cents + row.trip_cents
        told_before = row.booking.fee_told_at is not None and row.booking.fee_told_at < began
        untold = [cents for cents in (row.visit_cents, row.trip_cents) if cents and not amounts.covers(known, cents, whole)]
        if wrong is not None:
            found.append(Finding(Contradiction.FEE_NOT_TOLD, sentences[wrong.order].text, row))
        elif untold and not told_before:
            last = next((each for each in reversed(said) if each.label), None)
            words = sentences[last.order if last is not None else made[-1] if made else len(sentences) - 1].text
            found.append(Finding(Contradiction.FEE_NOT_TOLD, words, row))
    return found


def _is_answer(sentences: Sequence[Sentence], order: int) -> bool:
    """Say whether the turn before asked what something costs."""
    turn = sentences[order].turn - 1
    return any(amounts.asked_in(each.text) for each in sentences[:order] if each.turn == turn)


def _wrong(said: Sequence[amounts.Amount], right: set[int]) -> amounts.Amount | None:
    """Return the last amount named for a fee of the booking where none that was named for it is right."""
    right = right - {0}
    for label in (amounts.VISIT, amounts.TRIP):
        named = [each for each in said if each.label == label]
        cents = [each.cents for each in named]
        if named and not any(amounts.covers(cents, each, each) for each in right):
            return named[-1]
    return None
