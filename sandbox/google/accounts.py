"""Who may do what: OAuth clients, Google accounts, consents, tokens, service accounts. Owns their lives, no HTTP."""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox import clock

Json = dict[str, Any]
CODE_SECONDS = 600
# "There is currently a limit of 100 refresh tokens per Google Account per OAuth 2.0 client ID"; the oldest dies silently.
REFRESH_TOKENS_PER_CLIENT = 100


@dataclass
class Client:
    id: str
    secret: str
    redirect_uris: list[str] = field(default_factory=list)  # empty: any https, or http on this machine


@dataclass
class ServiceAccount:
    client_email: str
    public_key: str
    delegation: bool = True  # an administrator lets it act for people
    scopes: list[str] | None = None  # what for; None: for everything


@dataclass
class Grant:
    id: str
    account: str
    client_id: str
    scopes: list[str]
    refresh_token: str | None
    revoked: bool = False
    service_account: str | None = None


@dataclass
class AccessToken:
    token: str
    grant_id: str
    account: str
    client_id: str
    scopes: list[str]
    expires_at: float
    service_account: str | None = None

    @property
    def is_undelegated_service_account(self) -> bool:
        return self.service_account == self.account


@dataclass
class Code:
    code: str
    client_id: str
    redirect_uri: str
    account: str
    scopes: list[str]
    offline: bool
    forced: bool  # prompt=consent
    challenge: str | None
    challenge_method: str
    expires_at: float


class Accounts:
    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.emails: dict[str, None] = {}
        self.service_accounts: dict[str, ServiceAccount] = {}
        self.grants: dict[str, Grant] = {}
        self._access: dict[str, AccessToken] = {}
        self._codes: dict[str, Code] = {}  # ten minutes; not kept over a restart

    def consent(self, account: str, client_id: str, scopes: list[str], *, offline: bool, forced: bool) -> Grant:
        """A refresh token comes with the first consent only, unless the consent page is forced."""
        self.emails[account] = None
        earlier = [each for each in self.live_grants(account) if each.client_id == client_id]
        gives_refresh = offline and (forced or not earlier)
        grant = Grant(
            id=secrets.token_hex(8),
            account=account,
            client_id=client_id,
            scopes=scopes,
            refresh_token=f"1//0{secrets.token_urlsafe(60)}" if gives_refresh else None,
        )
        self.grants[grant.id] = grant
        holding = [each for each in earlier if each.refresh_token] + [grant]
        for oldest in holding[:-REFRESH_TOKENS_PER_CLIENT]:
            oldest.revoked = True
        return grant

    def know(self, service: ServiceAccount) -> None:
        """Know a service account and its key from now on; what it was given before, and what was taken from it, is forgotten."""
        self.service_accounts[service.client_email] = service
        self.grants = {name: each for name, each in self.grants.items() if each.service_account != service.client_email}

    def act_as_service_account(self, service: ServiceAccount, account: str, scopes: list[str]) -> Grant:
        grant_id = f"{service.client_email} {account} {' '.join(sorted(scopes))}"
        if grant_id not in self.grants:
            self.emails[account] = None
            client = f"service:{service.client_email}"
            self.grants[grant_id] = Grant(grant_id, account, client, scopes, None, service_account=service.client_email)
        return self.grants[grant_id]

    def earlier_scopes(self, account: str, client_id: str) -> set[str]:
        return {scope for each in self.live_grants(account) if each.client_id == client_id for scope in each.scopes}

    def live_grants(self, account: str) -> list[Grant]:
        return [each for each in self.grants.values() if each.account == account and not each.revoked]

    def grant_of_refresh_token(self, token: str) -> Grant | None:
        return next((each for each in self.grants.values() if each.refresh_token == token and not each.revoked), None)

    def issue(self, grant: Grant, seconds: int, scopes: list[str] | None = None) -> AccessToken:
        now = clock.now()
        if len(self._access) > 10_000:
            self._access = {key: each for key, each in self._access.items() if each.expires_at > now}
        access = AccessToken(
            token=f"ya29.{secrets.token_urlsafe(90)}",
            grant_id=grant.id,
            account=grant.account,
            client_id=grant.client_id,
            scopes=scopes or grant.scopes,
            expires_at=now + seconds,
            service_account=grant.service_account,
        )
        self._access[access.token] = access
        return access

    def access(self, token: str) -> AccessToken | None:
        """None when it is unknown, past its time, or its consent was taken back."""
        found = self._access.get(token)
        if found is None or found.expires_at <= clock.now():
            return None
        grant = self.grants.get(found.grant_id)
        return None if grant is None or grant.revoked else found

    def remember_code(self, code: Code) -> None:
        now = clock.now()
        self._codes = {key: each for key, each in self._codes.items() if each.expires_at > now}
        self._codes[code.code] = code

    def take_code(self, code: str) -> Code | None:
        found = self._codes.pop(code, None)
        return found if found is not None and found.expires_at > clock.now() else None

    def revoke_token(self, token: str) -> list[Grant]:
        """Either kind of token. Google takes back the whole consent of that account to that client."""
        access = self.access(token)
        grant = self.grants[access.grant_id] if access is not None else self.grant_of_refresh_token(token)
        if grant is None:
            return []
        return self._revoke([each for each in self.live_grants(grant.account) if each.client_id == grant.client_id])

    def revoke_account(self, account: str) -> list[Grant]:
        return self._revoke(self.live_grants(account))

    def expire_access_tokens(self) -> None:
        self._access = {}

    def dump(self) -> Json:
        now = clock.now()
        return {
            "clients": [asdict(each) for each in self.clients.values()],
            "emails": list(self.emails),
            "service_accounts": [asdict(each) for each in self.service_accounts.values()],
            "grants": [asdict(each) for each in self.grants.values()],
            "access": [asdict(each) for each in self._access.values() if each.expires_at > now],
        }

    def load(self, kept: Json) -> None:
        self.clients |= {each["id"]: Client(**each) for each in kept["clients"]}
        self.emails = dict.fromkeys(kept["emails"])
        self.service_accounts = {each["client_email"]: ServiceAccount(**each) for each in kept["service_accounts"]}
        self.grants = {each["id"]: Grant(**each) for each in kept["grants"]}
        self._access = {each["token"]: AccessToken(**each) for each in kept["access"]}

    def _revoke(self, grants: list[Grant]) -> list[Grant]:
        for grant in grants:
            grant.revoked = True
        return grants


def subject(account: str) -> str:
    """Google's unchanging number of an account."""
    return str(10**20 + int(hashlib.sha256(account.encode()).hexdigest(), 16) % 10**20)
