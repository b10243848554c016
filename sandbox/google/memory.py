"""Google's memory as a whole, and what a change sets off."""

from typing import Any

from sandbox.delivery import Delivery
from sandbox.google.accounts import Accounts
from sandbox.google.book import Book, Calendar
from sandbox.google.channels import Channels
from sandbox.google.quota import Quota
from sandbox.settings import Settings


class Google:
    def __init__(self, settings: Settings, delivery: Delivery) -> None:
        self._settings = settings
        self.accounts = Accounts()
        self.book = Book()
        self.channels = Channels(settings, delivery)
        self.quota = Quota(settings)
        self.book.on_change = lambda calendar: self.channels.touch(calendar.id)

    def calendar_of(self, account: str) -> Calendar:
        self.accounts.emails.setdefault(account, None)
        return self.book.of_account(account, self._settings.default_time_zone)

    def revoked(self, grants: list[Any]) -> int:
        """Channels die with the consent they were opened under."""
        for grant in grants:
            self.channels.end_of_grant(grant.account, grant.client_id)
        return len(grants)

    def empty(self) -> None:
        """Calendars and channels; accounts, consents and clients stay, so that connected apps stay connected."""
        self.book.empty()
        self.channels.empty()

    def dump(self) -> dict[str, Any]:
        return self.accounts.dump() | self.book.dump() | self.channels.dump()

    def load(self, kept: dict[str, Any]) -> None:
        self.accounts.load(kept)
        self.book.load(kept)
        self.channels.load(kept)
