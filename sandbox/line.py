"""The wire between the vendors: a call placed to one of Twilio's numbers comes in there, and meets Vapi's assistant."""

from typing import Any

from sandbox.twilio import incoming
from sandbox.vapi import speaking
from sandbox.world import World


def connect(world: World) -> None:
    """Let calls that Twilio places to numbers of its own arrive, and Vapi speak in those that are handed to it."""

    async def assistant(call_id: str, begins: bool) -> None:
        tell = speaking.began if begins else speaking.ended
        await tell(world.vapi, world.delivery, call_id, secret=world.credentials.vapi_secret)

    async def arrive(placed: dict[str, Any]) -> None:
        await incoming.arrive(world.twilio, placed, assistant=assistant)

    world.twilio.on_arrival = arrive
