"""What a caller's words do by themselves, as they are transcribed: take something back, or have the calendars read ahead.

They never book, move or cancel: only a tool does, and a partial transcript may be misheard.
"""

from datetime import datetime

from bookings.services import refreshing, rosters
from telephony import endings
from telephony.calls import KnownCall
from telephony.models import Call
from telephony.tools import intent, retraction


def heard(known: KnownCall, *, text: str, final: bool, at: datetime, now: datetime) -> None:
    """Act on words of the caller: final ones may take something back, partial ones may ask for times soon.

    One statement at most for words that do either, none for all others.
    """
    roster = rosters.of(known.shop_id, known.config_version)
    if not final:
        if intent.asks_for_a_visit(text, roster):
            refreshing.ask(known.shop_id, now=now)
    elif retraction.is_in(text, roster.retraction_words):
        retraction.note(known.id, at=at)
        call = Call.objects.select_related("shop").get(pk=known.id)
        if call.stage == Call.Stage.ENDED:  # the words were late
            endings.look_at_what_was_taken_back(call, now=now)
