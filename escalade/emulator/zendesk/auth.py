"""Who calls: API tokens, OAuth access tokens, and how a client gets one."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import could_not_authenticate, invalid_token
from escalade.emulator.zendesk.model import Token
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount

# "TTL: access 30 min default (5 min - 48 h via expires_in)", Zendesk's OAuth migration page
MIN_TOKEN_SECONDS = 300
MAX_TOKEN_SECONDS = 48 * 3600


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [read("/oauth/tokens", grant_token, method="POST")]


def identify(account: ZendeskAccount, req: Req) -> User | Resp:
    """Return the caller, or the refusal."""
    scheme, _, credentials = req.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _bearer(account, credentials.strip())
    if scheme.lower() != "basic":
        return could_not_authenticate()
    try:
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return could_not_authenticate()
    email, _, kind = name.rpartition("/")
    user = account.user_by_email(email)
    if kind != "token" or secret not in account.api_tokens or user is None or user.suspended:
        return could_not_authenticate()
    return user


def _bearer(account: ZendeskAccount, value: str) -> User | Resp:
    token = account.tokens.get(value)
    if token is None or token.revoked or (token.expires is not None and token.expires <= account.now()):
        return invalid_token()
    return account.users[token.user_id]


def may(account: ZendeskAccount, req: Req, *, write: bool) -> bool:
    """Say whether an access token's scopes allow the request; API tokens are not scoped."""
    scheme, _, value = req.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return True
    wanted = "write" if write else "read"
    scopes = account.tokens[value.strip()].scopes
    return any(scope == wanted or scope.endswith(f":{wanted}") for scope in scopes)


def grant_token(account: ZendeskAccount, req: Req) -> Resp:
    """POST /oauth/tokens with grant_type client_credentials; the token acts as the client's creator."""
    wanted: dict[str, Any] = req.json() or {}
    if wanted.get("grant_type") != "client_credentials":
        return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")
    secret = account.oauth_clients.get(str(wanted.get("client_id")))
    if secret is None or secret != wanted.get("client_secret"):
        said = "Client authentication failed due to unknown client, no client authentication included, or bad secret."
        return _oauth_error(401, "invalid_client", said)
    lifetime = int(wanted.get("expires_in") or account.token_seconds)
    lifetime = min(max(lifetime, MIN_TOKEN_SECONDS), MAX_TOKEN_SECONDS)
    number = len(account.tokens) + 1
    value = hashlib.sha256(f"{wanted['client_id']}:{number}".encode()).hexdigest()
    scopes = str(wanted.get("scope") or "read").split()
    account.tokens[value] = Token(value=value, user_id=account.bot.id, scopes=scopes, expires=account.now() + lifetime)
    body = {"access_token": value, "token_type": "bearer", "scope": " ".join(scopes), "expires_in": lifetime}
    return Resp(body=body)


def _oauth_error(status: int, error: str, description: str) -> Resp:
    return Resp(status=status, body={"error": error, "error_description": description})
