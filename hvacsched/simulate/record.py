"""What came of one simulated call, as the caller lived it, and what must therefore be true in the office."""

from dataclasses import dataclass, field

from hvacsched.simulate.answers import Answer, Claim


@dataclass(slots=True)
class Record:
    """`outcome` and `lead` are set where no answer of a tool tells them; `phone` is the number a booking must carry."""

    number: int
    scenario: str
    sid: str
    phone: str
    vapi_id: str = ""
    answers: list[Answer] = field(default_factory=list)
    refused_a_time: bool = False
    outcome: str = ""
    lead: str = ""
    failure: str = ""

    @property
    def states(self) -> set[str]:
        return {answer.state for answer in self.answers}

    @property
    def standing(self) -> dict[str, Claim]:
        """The bookings the caller was told of, by reference, each as it was told last."""
        return {answer.claim.reference: answer.claim for answer in self.answers if answer.stands}

    @property
    def must_come_to(self) -> str:
        """The outcome the office must see."""
        if "emergency" in self.states:
            return "emergency"
        return "booked" if self.standing else self.outcome or "answered"

    @property
    def must_leave(self) -> str:
        """The reason of the open lead the office must have; "" for none."""
        if "emergency" in self.states:
            return "emergency"
        if self.standing:
            return ""
        return "office_will_call" if "office_will_call" in self.states else self.lead
