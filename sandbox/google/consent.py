"""The consent page a technician sees: which account, which of the scopes, allow or deny. Owns HTML and redirects."""

import html
import ipaddress
import re
import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from sandbox import clock
from sandbox.google import discovery
from sandbox.google.accounts import CODE_SECONDS, Client, Code
from sandbox.google.oauth import EMAIL, PROFILE, full_scopes
from sandbox.pages import page
from sandbox.world import WORLD, World

PATH = "/google/o/oauth2/v2/auth"
EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ASKED = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "access_type", "prompt", "code_challenge",
    "code_challenge_method", "include_granted_scopes", "login_hint",
)  # fmt: skip
OTHER_SCOPES = {
    "openid": "Associate you with your personal info on Google",
    EMAIL: "See your primary Google Account email address",
    PROFILE: "See your personal info",
}


class Refused(Exception):
    """Shown to the person; Google does not send them back with it."""


class Asked:
    """A request for consent, checked."""

    def __init__(self, world: World, query: dict[str, str]) -> None:
        self.query = {name: query[name] for name in ASKED if query.get(name)}
        self.client = _client(world, self.query)
        self.redirect_uri = _redirect_uri(self.client, self.query)
        if self.query.get("response_type") != "code":
            raise Refused("Error 400: invalid_request. The only response_type served here is code.")
        try:
            self.scopes = full_scopes(self.query.get("scope", ""))
        except ValueError as error:
            raise Refused(f"Error 400: invalid_scope. Some requested scopes were invalid: {error}") from error
        if not self.scopes:
            raise Refused("Error 400: invalid_request. Missing required parameter: scope")
        if self.query.get("access_type", "online") not in ("online", "offline"):
            raise Refused("Error 400: invalid_request. Invalid access_type")
        self.method = self.query.get("code_challenge_method", "plain")
        if "code_challenge" in self.query and self.method not in ("S256", "plain"):
            raise Refused("Error 400: invalid_request. Invalid code_challenge_method")

    def back(self, answer: dict[str, str]) -> web.Response:
        if "state" in self.query:
            answer |= {"state": self.query["state"]}
        parts = urlsplit(self.redirect_uri)
        query = "&".join(filter(None, (parts.query, urlencode(answer))))
        return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


async def show(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    try:
        asked = Asked(world, dict(request.query))
    except Refused as refusal:
        return page("Access blocked", f"<p>{html.escape(str(refusal))}</p>", status=400)
    if asked.query.get("prompt") == "none":
        return asked.back({"error": "interaction_required"})
    return page("Sign in with Google", _form(world, asked))


async def decide(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    form = await request.post()
    try:
        asked = Asked(world, {key: str(value) for key, value in form.items() if key in ASKED})
    except Refused as refusal:
        return page("Access blocked", f"<p>{html.escape(str(refusal))}</p>", status=400)
    if form.get("action") != "allow":
        return asked.back({"error": "access_denied"})
    account = str(form.get("account", "")).strip().lower()
    if not EMAIL_ADDRESS.fullmatch(account):
        return page("Sign in with Google", _form(world, asked, "Type the e-mail address of an account."), status=400)
    ticked = {str(value) for value in form.getall("granted", [])}
    granted = [scope for scope in asked.scopes if scope in ticked or scope in OTHER_SCOPES]
    if not granted:
        return asked.back({"error": "access_denied"})
    if asked.query.get("include_granted_scopes") == "true":
        granted += sorted(world.google.accounts.earlier_scopes(account, asked.client.id) - set(granted))
    code = Code(
        code=f"4/0{secrets.token_urlsafe(50)}",
        client_id=asked.client.id,
        redirect_uri=asked.redirect_uri,
        account=account,
        scopes=granted,
        offline=asked.query.get("access_type") == "offline",
        forced="consent" in asked.query.get("prompt", "").split(),
        challenge=asked.query.get("code_challenge"),
        challenge_method=asked.method,
        expires_at=clock.now() + CODE_SECONDS,
    )
    world.google.accounts.remember_code(code)
    return asked.back({"code": code.code, "scope": " ".join(granted)})


def _client(world: World, query: dict[str, str]) -> Client:
    client = world.google.accounts.clients.get(query.get("client_id", ""))
    if client is None:
        raise Refused("Error 401: invalid_client. The OAuth client was not found.")
    return client


def _redirect_uri(client: Client, query: dict[str, str]) -> str:
    uri = query.get("redirect_uri", "")
    parts = urlsplit(uri)
    known = uri in client.redirect_uris if client.redirect_uris else _is_acceptable(uri)
    if not known or not parts.hostname or parts.fragment:
        raise Refused("Error 400: redirect_uri_mismatch. The redirect URI in the request does not match the client's.")
    return uri


def _is_acceptable(uri: str) -> bool:
    parts = urlsplit(uri)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _form(world: World, asked: Asked, problem: str = "") -> str:
    described = {name: spec["description"] for name, spec in discovery.document()["auth"]["oauth2"]["scopes"].items()}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in asked.query.items())
    boxes = []
    for index, scope in enumerate(asked.scopes):
        says = html.escape(described.get(scope) or OTHER_SCOPES[scope])
        fixed = "disabled " if scope in OTHER_SCOPES else ""
        boxes.append(
            f'<p><label><input type="checkbox" id="scope-{index}" name="granted" value="{html.escape(scope)}" '
            f"{fixed}checked> {says}</label><br><small>{html.escape(scope)}</small></p>"
        )
    accounts = "".join(f'<option value="{html.escape(each)}">' for each in world.google.accounts.emails)
    hint = html.escape(asked.query.get("login_hint", ""))
    return f"""
<p>{html.escape(asked.client.id)} wants to access your Google Account.</p>
<p class="warn">{html.escape(problem)}</p>
<form method="post" action="{PATH}">{hidden}
<p><label for="account">Account</label><br>
<input id="account" name="account" type="email" list="accounts" value="{hint}" placeholder="sam@example.com" required>
<datalist id="accounts">{accounts}</datalist></p>
<p>Select what it may do:</p>{"".join(boxes)}
<p><button id="allow" name="action" value="allow">Allow</button>
<button id="deny" name="action" value="deny" formnovalidate>Deny</button></p>
</form>"""
