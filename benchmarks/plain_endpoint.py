"""The endpoint that one would write first: FastAPI, one sqlite3 connection, one commit for each delivery."""

import base64
import hashlib
import hmac
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE deliveries (id TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
CREATE TABLE visits (ticket TEXT PRIMARY KEY, due INTEGER, nudges INTEGER) WITHOUT ROWID;
"""
NUDGE = """
INSERT INTO visits VALUES (?, ?, 1)
    ON CONFLICT (ticket) DO UPDATE SET due = min(due, excluded.due), nudges = nudges + 1
"""


def build(path: Path, secret: str) -> FastAPI:
    """The application, on a new database."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.executescript(TABLES)
    app = FastAPI()

    @app.post("/hooks/zendesk", status_code=202)
    async def hook(
        request: Request,
        x_zendesk_webhook_signature: Annotated[str, Header()],
        x_zendesk_webhook_signature_timestamp: Annotated[str, Header()],
    ) -> dict[str, str]:
        body = await request.body()
        signed = x_zendesk_webhook_signature_timestamp.encode() + body
        wanted = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(wanted, x_zendesk_webhook_signature):
            raise HTTPException(401)
        event = json.loads(body)
        now = int(datetime.now(UTC).timestamp() * 1e6)
        database.execute("BEGIN IMMEDIATE")
        if database.execute("INSERT INTO deliveries VALUES (?, ?) ON CONFLICT DO NOTHING", (event["id"], now)).rowcount:
            database.execute(NUDGE, (event["subject"].removeprefix("zen:ticket:"), now))
        database.execute("COMMIT")
        return {"status": "accepted"}

    return app
