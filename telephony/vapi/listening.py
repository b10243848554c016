"""What a caller's words do by themselves, as they are transcribed: raise an emergency, take something back, or have the
calendars read ahead.

They never book, move or cancel: only a tool does. Partial transcripts may be misheard and are final within a second or two:
they raise nothing.
"""

from datetime import datetime

from bookings.services import refreshing, rosters, transactions
from telephony import emergencies, endings, safety, timeline
from telephony.calls import KnownCall
from telephony.models import Call, Emergency
from telephony.safety import dialogue
from telephony.tools import intent, retraction


def heard(known: KnownCall, *, text: str, final: bool, at: datetime, now: datetime) -> None:
    """Act on words of the caller: final ones may speak of danger or take something back, partial ones may ask for times soon.

    Words that do nothing cost no statement, short final ones one: what was said before may make them speak of danger.
    """
    roster = rosters.of(known.shop_id, known.config_version)
    if not final:
        if intent.asks_for_a_visit(text, roster):
            refreshing.ask(known.shop_id, now=now)
        return
    if (danger := safety.heard_in(text)) is not None:
        raise_for(known, danger, text=text, at=at, now=now)
    elif dialogue.may_answer(text):
        across = dialogue.heard_across(timeline.said_before(known.id, at), text)
        if across is not None:
            raise_for(known, across.heard, text=across.text, at=at, now=now)
    if retraction.is_in(text, roster.retraction_words):
        retraction.note(known.id, at=at)
        call = Call.objects.select_related("shop").get(pk=known.id)
        if call.stage == Call.Stage.ENDED:  # the words were late
            endings.look_at_what_was_taken_back(call, now=now)


def raise_for(known: KnownCall, found: safety.Heard, *, text: str, at: datetime, now: datetime) -> None:
    """Raise an emergency for words of the caller that speak of danger.

    The script is in the call's language, where none was heard yet in that of the words.
    """
    spoken = rosters.of(known.shop_id, known.config_version).languages
    language = next((each for each in (known.language, found.language) if each in spoken), spoken[0])
    transactions.run(
        known.origin,
        lambda: emergencies.note(
            shop_id=known.shop_id, origin=known.origin, call_id=known.id, phone=known.from_number, danger=found.danger,
            text=text, source=Emergency.Source.TRANSCRIPT, at=at, now=now, language=language,
        ),
    )  # fmt: skip
