"""Everything the sandbox remembers, in one place, and the file it is kept in."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.delivery import Delivery
from sandbox.faults import Faults
from sandbox.google.accounts import Client
from sandbox.google.memory import Google
from sandbox.keeping import Keeper, Section
from sandbox.settings import Settings
from sandbox.twilio.memory import Twilio
from sandbox.vapi.memory import Vapi


@dataclass(frozen=True)
class Credentials:
    """What the vendors' accounts are set up with; the defaults are the demo's, known to everybody."""

    google_client_id: str = "demo-client.apps.googleusercontent.com"
    google_client_secret: str = "demo-google-client-secret"
    twilio_token: str = "demo-twilio-auth-token"
    vapi_secret: str = "demo-webhook-secret"  # of the credential by which Vapi vouches for its messages
    vapi_assistant_id: str = "41d935c5-76c3-448e-b770-e54bd0769aea"
    vapi_phone_number_id: str = "5a5a04dc-dcbe-45b1-8f64-fd32a253d135"


class World:
    def __init__(self, *, state_file: Path | None = None, credentials: Credentials | None = None) -> None:
        self.credentials = credentials or Credentials()
        self.settings = Settings()
        self.faults = Faults()
        self.delivery = Delivery()
        self.google = Google(self.settings, self.delivery)
        self.twilio = Twilio(self.settings, self.delivery, self.credentials.twilio_token)
        self.vapi = Vapi(self.settings)
        sections: dict[str, Section] = {
            "settings": self.settings,
            "google": self.google,
            "twilio": self.twilio,
            "vapi": self.vapi,
        }
        self.keeper = Keeper(state_file, sections)
        self.twilio.on_change = self.keeper.changed

    def start(self) -> None:
        """Inside the event loop: what was under way when the sandbox stopped goes on."""
        self.keeper.load()
        client_id, clients = self.credentials.google_client_id, self.google.accounts.clients
        redirect_uris = clients[client_id].redirect_uris if client_id in clients else []
        clients[client_id] = Client(client_id, self.credentials.google_client_secret, redirect_uris)
        self.vapi.set_up(self.credentials.vapi_assistant_id, self.credentials.vapi_phone_number_id)
        self.twilio.resume()

    def reset(self) -> None:
        """Events, messages, calls, faults and channels go; accounts, consents, clients and settings stay."""
        self.google.empty()
        self.google.quota.forget()
        self.twilio.empty()
        self.vapi.empty()
        self.faults.reset()
        self.delivery.log.clear()
        self.keeper.changed()

    async def close(self) -> None:
        await self.delivery.close()
        await self.keeper.close()


WORLD = web.AppKey("world", World)
