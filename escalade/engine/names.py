"""Names of workers: unlike any other's, and telling people, and its successors, where one runs or ran."""

from __future__ import annotations

import os
import socket
from uuid import uuid4


def worker_name() -> str:
    """A name for this process that no other worker has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"


def ended_here(name: str) -> bool:
    """Whether a worker ran on this machine, as far as its name tells, in a process that is not there any more."""
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    if machine != socket.gethostname() or not rest.isdigit():
        return False
    if int(rest) == os.getpid():
        # In a container that was started again everybody has the number of his predecessor. Ours has its mark.
        return True
    try:
        os.kill(int(rest), 0)
    except (OSError, OverflowError) as error:
        # It is there where it is only somebody else's; of what is no number of a process nothing is known.
        return isinstance(error, ProcessLookupError)
    return False
