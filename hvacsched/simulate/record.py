"""What came of one simulated call and of those that followed it, as the callers lived it: what must be true in the office."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hvacsched.simulate.answers import Answer, Claim


@dataclass(slots=True)
class Record:
    """`outcome` and `lead` are set where no answer of a tool tells them; `phone` is the number a booking must carry.

    `later` are further calls about the same matter, in order. `urgent`: the booking must be known as urgent.
    """

    number: int
    scenario: str
    sid: str
    phone: str
    vapi_id: str = ""
    answers: list[Answer] = field(default_factory=list)
    refused_a_time: bool = False
    urgent: bool = False
    later: list["Record"] = field(default_factory=list)
    outcome: str = ""
    lead: str = ""
    failure: str = ""

    @property
    def states(self) -> set[str]:
        return {answer.state for answer in self.answers}

    @property
    def calls(self) -> tuple["Record", ...]:
        """This call and those that followed it."""
        return (self, *self.later)

    @property
    def standing(self) -> dict[str, Claim]:
        """The bookings this call was told of, by reference, each as it was told last; not those that it cancelled."""
        return _standing(self.answers)

    @property
    def at_last(self) -> dict[str, Claim]:
        """What stands after all of the calls."""
        return _standing([answer for call in self.calls for answer in call.answers])

    @property
    def cancelled(self) -> set[str]:
        """The references that were told to be cancelled, in any of the calls."""
        return {answer.cancelled_reference for call in self.calls for answer in call.answers if answer.state == "cancelled"}

    @property
    def must_come_to(self) -> str:
        """The outcome the office must see."""
        if "emergency" in self.states:
            return "emergency"
        if self.standing:
            return "booked" if "booked" in self.states else "moved"  # what an earlier call had booked
        return "cancelled" if "cancelled" in self.states else self.outcome or "answered"

    @property
    def must_leave(self) -> str:
        """The reason of the open lead the office must have; "" for none."""
        if "emergency" in self.states:
            return "emergency"
        if self.standing or "cancelled" in self.states:
            return ""
        return "office_will_call" if "office_will_call" in self.states and not self.lead else self.lead


def _standing(answers: Sequence[Answer]) -> dict[str, Claim]:
    found: dict[str, Claim] = {}
    for answer in answers:
        if answer.stands:
            found[answer.claim.reference] = answer.claim
        elif answer.state == "cancelled":
            found.pop(answer.cancelled_reference, None)
    return found
