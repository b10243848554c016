"""transferToHuman: the caller is put through to a person; where that fails, a person calls them back, before others.

Three steps, so that a crash between any two leaves a true answer: in the transaction the wish, an urgent lead and the promise of
a call back are kept, and one request claims the call; then it is moved, outside of any transaction; then the better answer
takes the promise's place.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from bookings.models import Lead
from bookings.services import leads
from telephony.models import Call, ToolInvocation
from telephony.tools import answers_callers
from telephony.tools.answers import Answer
from telephony.tools.context import Context

NAME = "transferToHuman"
# A claim this old led to nothing, or the caller would not be with the assistant any more.
_CLAIMED_FOR = timedelta(seconds=10)
_WITH_THE_ASSISTANT = (Call.Stage.RINGING, Call.Stage.ASSISTANT)


def ask(context: Context, said: Mapping[str, Any]) -> Answer:
    """Keep that the caller wants a person, and claim the call; promise a call back, which stands until they are put through."""
    call, reason = context.call, said.get("reason") or ""
    leads.keep(
        shop_id=context.roster.shop_id, origin=call.origin, reason=Lead.Reason.WANTED_PERSON, phone=call.from_number,
        now=context.now, wanted=f"Wanted a person: {reason}" if reason else "", urgent=True,
    )  # fmt: skip
    if _claim(context, reason):
        context.claimed.add(call.id)
    elif ToolInvocation.objects.filter(call=call.id, name=NAME, state="transferring").exists():
        return answers_callers.transferring()
    return answers_callers.person_will_call() if call.from_number else answers_callers.person_without_number()


def move(context: Context) -> Answer | None:
    """Put the caller through, if this request claimed the call; None where that was not done."""
    if context.call.id not in context.claimed:
        return None
    moved = context.put_through(context.call.id, context.now)
    if moved:
        return answers_callers.transferring()
    if moved is None:
        return None  # the claim stands until it is too old: a second move would cut off whoever picks up
    Call.objects.filter(pk=context.call.id, put_through_at=context.now).update(put_through_at=None)
    return None


def _claim(context: Context, reason: str) -> bool:
    """Claim the call for this request: no other one moves it meanwhile, and none that was asked before."""
    before: datetime = min(context.now, context.requested_at) - _CLAIMED_FOR
    return bool(
        Call.objects.filter(
            Q(put_through_at=None) | Q(put_through_at__lt=before), pk=context.call.id, stage__in=_WITH_THE_ASSISTANT
        ).update(put_through_at=context.now, wants_person=(reason or "did not say why")[:300])
    )
