"""Reads TwiML as Twilio does: a response of verbs in order. What Twilio could not play is an error."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from hvacsched.simulate.errors import WrongError, must

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    text: str
    attributes: dict[str, str]
    inner: str


@dataclass(frozen=True, slots=True)
class Response:
    verbs: tuple[Verb, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(verb.name for verb in self.verbs)

    def get(self, name: str) -> Verb | None:
        return next((verb for verb in self.verbs if verb.name == name), None)

    def the(self, name: str) -> Verb:
        """Return the verb; without it this is not what the call needs now."""
        found = self.get(name)
        if found is None:
            raise WrongError(f"TwiML without <{name}>: {' '.join(self.names) or 'nothing to play'}")
        return found

    @property
    def vapi_id(self) -> str:
        """The id of Vapi's call as its stream's address names it; "" when it does not."""
        connect = self.get("Connect")
        found = _UUID.search(connect.inner) if connect else None
        return found.group() if found else ""


def read(text: str) -> Response:
    must("<!" not in text, "TwiML with a declaration of its own")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - declarations are refused above
    except ElementTree.ParseError as error:
        raise WrongError(f"TwiML that is no XML: {error}") from error
    must(root.tag == "Response", f"TwiML that is a <{root.tag}>")
    return Response(
        tuple(
            Verb(
                name=each.tag,
                text=(each.text or "").strip(),
                attributes=dict(each.attrib),
                inner="".join(ElementTree.tostring(child, encoding="unicode") for child in each),
            )
            for each in root
        )
    )
