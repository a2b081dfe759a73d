"""Background jobs: queued, then working, then completed."""

from __future__ import annotations

import hashlib
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError, not_found, parameter_missing, too_many_values
from escalade.emulator.zendesk.model import Job
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_JOBS = 30  # queued or running, per account
MAX_MANY = 100
SETTLE_SECONDS = 5  # a job that nobody polls is done after so many virtual seconds


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/job_statuses", list_jobs),
        read("/api/v2/job_statuses/show_many", show_many),
        read("/api/v2/job_statuses/{id}", show),
    ]


def start_job(account: ZendeskAccount, kind: str, total: int, work: Callable[[], Any]) -> Job:
    """Queue a job.

    Raises:
        RejectedError: 429 TooManyJobs while thirty jobs are under way.
    """
    busy = [job.id for job in account.jobs.values() if job.work is not None]
    if len(busy) >= MAX_JOBS:
        body = {"error": "TooManyJobs", "description": f"Only {MAX_JOBS} jobs may be queued", "current_job_ids": busy}
        raise RejectedError(Resp(status=429, body=body, headers={"retry-after": "60"}))
    number = account.next_id("job")
    job_id = f"V3-{hashlib.sha256(str(number).encode()).hexdigest()[:32]}"
    job = Job(id=job_id, kind=kind, total=total, queued=account.now(), work=work)
    account.jobs[job.id] = job
    return job


def settle_jobs(account: ZendeskAccount, *, everything: bool = False) -> None:
    """Do the work of jobs that nobody polled in time (or of all)."""
    for job in account.jobs.values():
        if job.work is not None and (everything or account.now() >= job.queued + SETTLE_SECONDS):
            _run(job)


def _run(job: Job) -> None:
    work, job.work = job.work, None
    job.polls = max(job.polls, 2)
    job.results = work()


def job_json(account: ZendeskAccount, job: Job, base_url: str) -> dict[str, Any]:
    """Return a job as it stands."""
    body: dict[str, Any] = {"id": job.id, "job_type": job.kind, "url": f"{base_url}/api/v2/job_statuses/{job.id}.json"}
    body["total"] = job.total
    if job.work is None:
        at = strftime("%Y-%m-%d %H:%M:%S +0000", gmtime(account.now()))
        state = {"progress": job.total, "status": "completed", "message": f"Completed at {at}", "results": job.results}
    elif job.polls:
        state = {"progress": 1, "status": "working", "message": f"{job.kind} #1", "results": None}
    else:
        state = {"progress": None, "status": "queued", "message": None, "results": None}
    return {**body, **state}


def _polled(account: ZendeskAccount, job_id: str) -> Job:
    job = account.jobs.get(job_id)
    if job is None:
        raise not_found()
    job.polls += 1
    if job.polls >= 2 and job.work is not None:
        _run(job)
    return job


def show(account: ZendeskAccount, req: Req) -> Resp:
    """GET /job_statuses/{id}: the first poll sees it working, the second completed."""
    return Resp(body={"job_status": job_json(account, _polled(account, req.params["id"]), req.base_url)})


def show_many(account: ZendeskAccount, req: Req) -> Resp:
    """GET /job_statuses/show_many."""
    ids = req.query_list("ids")
    if not ids:
        raise parameter_missing("ids")
    if len(ids) > MAX_MANY:
        raise too_many_values("ids", MAX_MANY)
    jobs = [_polled(account, one) for one in ids if one in account.jobs]
    shown = [job_json(account, job, req.base_url) for job in jobs]
    return Resp(body={"job_statuses": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def list_jobs(account: ZendeskAccount, req: Req) -> Resp:
    """GET /job_statuses."""
    rows = list(account.jobs.values())
    page = paged(req, "job_statuses", rows, lambda job: job_json(account, job, req.base_url), key=lambda job: job.id)
    return Resp(body=page)
