"""Google's token, revocation and userinfo endpoints: authorization code with PKCE, refresh, service account assertion."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import jwt
from aiohttp import web

from sandbox import clock
from sandbox.google import discovery
from sandbox.google.accounts import AccessToken, Client, Grant, subject
from sandbox.world import WORLD, World

Json = dict[str, Any]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # the audience Google's own libraries always name
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
PROFILE = "https://www.googleapis.com/auth/userinfo.profile"
SHORT_NAMES = {"email": EMAIL, "profile": PROFILE}


class OAuthError(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description

    def response(self) -> web.Response:
        return web.json_response({"error": self.error, "error_description": self.description}, status=self.status)


def full_scopes(text: str) -> list[str]:
    """In order, without repetition, short names written out; raises ValueError naming those Google does not know."""
    scopes = [SHORT_NAMES.get(scope, scope) for scope in text.split()]
    unknown = set(scopes) - discovery.known_scopes() - {"openid", EMAIL, PROFILE}
    if unknown:
        raise ValueError(", ".join(sorted(unknown)))
    return list(dict.fromkeys(scopes))


async def token(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    form = {key: str(value) for key, value in (await request.post()).items()}
    try:
        match form.get("grant_type"):
            case "authorization_code":
                answer = _exchange(world, form, _client(world, request, form))
            case "refresh_token":
                answer = _refresh(world, form, _client(world, request, form))
            case kind if kind == JWT_BEARER:
                answer = _assertion(world, form, str(request.url.origin().with_path(request.path)))
            case None:
                raise OAuthError(400, "invalid_request", "Required parameter is missing: grant_type")
            case kind:
                raise OAuthError(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
    except OAuthError as error:
        return error.response()
    world.keeper.changed()
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


async def revoke(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    given = request.query.get("token") or str((await request.post()).get("token", ""))
    revoked = world.google.accounts.revoke_token(given)
    if not revoked:
        return OAuthError(400, "invalid_token", "Token expired or revoked").response()
    world.google.revoked(revoked)
    world.keeper.changed()
    return web.json_response({})


async def userinfo(request: web.Request) -> web.Response:
    access = request.app[WORLD].google.accounts.access(request.headers.get("Authorization", "")[len("Bearer ") :])
    if access is None or not {"openid", EMAIL, PROFILE} & set(access.scopes):
        return OAuthError(401, "invalid_request", "Invalid Credentials").response()
    return web.json_response(_claims(access))


def _client(world: World, request: web.Request, form: dict[str, str]) -> Client:
    """The secret comes in the body or as basic authentication."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    kind, _, basic = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(basic, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthError(401, "invalid_client", "Invalid authorization header.") from error
    client = world.google.accounts.clients.get(client_id)
    if client is None:
        raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
    if not hmac.compare_digest(client.secret.encode(), secret.encode()):
        raise OAuthError(401, "invalid_client", "Unauthorized")
    return client


def _exchange(world: World, form: dict[str, str], client: Client) -> Json:
    code = world.google.accounts.take_code(form.get("code", ""))
    if code is None:
        raise OAuthError(400, "invalid_grant", "Malformed auth code.")
    if code.client_id != client.id:
        raise OAuthError(400, "invalid_grant", "Bad Request")
    if code.redirect_uri != form.get("redirect_uri"):
        raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
    if code.challenge is not None:
        verifier = form.get("code_verifier", "")
        if not verifier:
            raise OAuthError(400, "invalid_grant", "Missing code verifier.")
        if not hmac.compare_digest(_challenge(verifier, code.challenge_method), code.challenge):
            raise OAuthError(400, "invalid_grant", "Invalid code verifier.")
    grant = world.google.accounts.consent(code.account, client.id, code.scopes, offline=code.offline, forced=code.forced)
    world.google.calendar_of(code.account)
    return _tokens(world, grant) | ({"refresh_token": grant.refresh_token} if grant.refresh_token else {})


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _refresh(world: World, form: dict[str, str], client: Client) -> Json:
    grant = world.google.accounts.grant_of_refresh_token(form.get("refresh_token", ""))
    if grant is None:
        raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
    if grant.client_id != client.id:
        raise OAuthError(401, "unauthorized_client", "Unauthorized")
    narrower = None
    if form.get("scope"):
        narrower = form["scope"].split()
        if not set(narrower) <= set(grant.scopes):
            raise OAuthError(400, "invalid_scope", "Bad Request")
    return _tokens(world, grant, narrower)


def _tokens(world: World, grant: Grant, scopes: list[str] | None = None) -> Json:
    seconds = world.settings.access_token_seconds
    access = world.google.accounts.issue(grant, seconds, scopes)
    answer: Json = {"access_token": access.token, "expires_in": seconds - 1 if seconds > 60 else seconds}
    answer |= {"scope": " ".join(access.scopes), "token_type": "Bearer"}
    if "openid" in access.scopes:
        answer["id_token"] = jwt.encode(_id_claims(access), None, algorithm="none")  # type: ignore[arg-type]
    return answer


def _claims(access: AccessToken) -> Json:
    claims: Json = {"sub": subject(access.account)}
    if EMAIL in access.scopes:
        claims |= {"email": access.account, "email_verified": True}
    if PROFILE in access.scopes:
        claims["name"] = access.account.partition("@")[0].replace(".", " ").title()
    return claims


def _id_claims(access: AccessToken) -> Json:
    now = int(clock.now())
    issued = {"iss": "https://accounts.google.com", "azp": access.client_id, "aud": access.client_id}
    return issued | {"iat": now, "exp": now + 3600} | _claims(access)


def _assertion(world: World, form: dict[str, str], token_uri: str) -> Json:
    """A service account: signed by its key, at most an hour, for itself or (`sub`) for a person of its domain."""
    assertion = form.get("assertion", "")
    try:
        claims: Json = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise OAuthError(400, "invalid_grant", "Invalid JWT: Failed decoding the assertion.") from error
    service = world.google.accounts.service_accounts.get(str(claims.get("iss")))
    if service is None:
        raise OAuthError(400, "invalid_grant", "Invalid grant: account not found")
    try:
        jwt.decode(
            assertion,
            service.public_key,
            algorithms=["RS256"],
            audience=[token_uri, GOOGLE_TOKEN_URI],
            options={"require": ["exp", "iat", "aud"]},
            leeway=60,
        )
    except jwt.InvalidSignatureError as error:
        raise OAuthError(400, "invalid_grant", "Invalid JWT Signature.") from error
    except jwt.PyJWTError as error:
        raise OAuthError(400, "invalid_grant", f"Invalid JWT: {error}") from error
    if claims["exp"] - claims["iat"] > 3600:
        raise OAuthError(
            400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        )
    try:
        scopes = full_scopes(str(claims.get("scope", "")))
    except ValueError as error:
        raise OAuthError(400, "invalid_scope", f"Invalid OAuth scope or ID token audience provided: {error}") from error
    if not scopes:
        raise OAuthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    account = str(claims.get("sub") or service.client_email)
    delegated = service.delegation and (service.scopes is None or set(scopes) <= set(service.scopes))
    if account != service.client_email and not delegated:
        raise OAuthError(
            401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client "
            "not authorized for any of the scopes requested."
        )  # fmt: skip
    grant = world.google.accounts.act_as_service_account(service, account, scopes)
    if grant.revoked:
        raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
    world.google.calendar_of(account)
    answer = _tokens(world, grant)
    return {key: answer[key] for key in ("access_token", "expires_in", "token_type")}
