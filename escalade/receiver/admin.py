"""The service's own addresses: `/healthz`, `/readyz` and `/metrics`, for this machine or for whoever has the token."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from escalade.receiver.app import healthz, refused

#: Seconds that the checks may take together: a database that does not answer is not ready.
_PATIENCE = 3.0
_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"

#: Says what is wrong, in a sentence that names no secret and no ticket; None = nothing is.
Check = Callable[[], str | None]


def admin(checks: Mapping[str, Check], exposition: Callable[[], bytes], *, token: str | None = None) -> Starlette:
    """Build the application.

    Args:
        checks: what has to be right before work may be sent here, by name; each is called in a thread.
        exposition: all metrics in the text format (`escalade.metrics.metrics.exposition`).
        token: what `/readyz` and `/metrics` ask for; None = nothing, which is right only on a loopback address.
    """

    async def readyz(request: Request) -> Response:
        _guard(request, token)
        found = await _run(checks)
        ready = all(problem is None for problem in found.values())
        told = {name: problem or "ok" for name, problem in found.items()}
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready, "checks": told}, status)

    async def figures(request: Request) -> Response:
        _guard(request, token)
        return Response(await asyncio.to_thread(exposition), headers={"content-type": _TEXT_FORMAT})

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", figures)]
    return Starlette(routes=routes, exception_handlers={HTTPException: refused})


def _guard(request: Request, token: str | None) -> None:
    if token is None:
        return
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(f"Bearer {token}".encode(), given.encode("latin-1", errors="replace")):
        raise HTTPException(HTTPStatus.UNAUTHORIZED, headers={"www-authenticate": "Bearer"})


async def _run(checks: Mapping[str, Check]) -> dict[str, str | None]:
    async def one(check: Check) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.to_thread(check)
        except TimeoutError:
            return f"no answer within {_PATIENCE:.0f} s"
        except Exception as error:  # noqa: BLE001 - a check that fails is an answer, too
            return f"failed ({type(error).__name__})"

    results = await asyncio.gather(*(one(check) for check in checks.values()))
    return dict(zip(checks, results, strict=True))
