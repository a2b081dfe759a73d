"""Several processes on one database, and processes that die at the worst moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from escalade.store.errors import StoreError
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store

_HOLDER = """
import sys
from escalade.store.sql import open_store
with open_store(sys.argv[1]).exclusive() as held:
    print("held" if held else "refused", flush=True)
    sys.stdin.read(1)
"""

_OPENER = """
import sys
from escalade.store.sql import open_store
sys.stdin.read(1)
print(open_store(sys.argv[1]).instance(), flush=True)
"""

# For each number that it is told, a child takes the page in and dies by SIGKILL after the statement of that number; how
# the child ended is answered. The last number, which is too high, means that it lived.
_TAKER = """
import os, signal, sys
import msgspec
from pathlib import Path
from sqlalchemy import event
from connectors.base import Page
from escalade.store.horizon import Horizon
from escalade.store.sql import open_store
from datetime import datetime, UTC
page = msgspec.msgpack.decode(Path(sys.argv[2]).read_bytes(), type=Page)

def take_in(left):
    store = open_store(sys.argv[1], horizon=Horizon(siblings=True))
    def count(*_):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(store._engine, "after_cursor_execute", count)
    store.take_in("zendesk", page, datetime(2026, 3, 2, 12, tzinfo=UTC))

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        take_in(int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def line(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().decode().strip()


def tell(child: subprocess.Popen[bytes], text: str) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{text}\n".encode())
    child.stdin.flush()


def await_free(store: SqlStore) -> bool:
    """Ask until the right to visit is free: the server needs a moment to notice that a client is gone."""
    pause = threading.Event()
    for _ in range(300):
        with store.exclusive() as held:
            if held:
                return True
        pause.wait(0.1)
    return False


def test_only_one_process_holds_the_right_to_visit(store_url: str) -> None:
    with open_store(store_url) as store, process(_HOLDER, store_url) as child:
        assert line(child) == "held"
        with store.exclusive() as held:
            assert not held
        child.communicate(b"x")
        assert await_free(store)


def test_one_process_cannot_hold_the_right_twice(store: SqlStore) -> None:
    with store.exclusive() as first, store.exclusive() as second:
        assert (first, second) == (True, False)
    with store.exclusive() as again:
        assert again


def test_the_right_to_visit_dies_with_its_holder(store_url: str) -> None:
    with open_store(store_url) as store, process(_HOLDER, store_url) as child:
        assert line(child) == "held"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert await_free(store)


def test_of_many_processes_that_race_for_the_right_one_gets_it(store_url: str) -> None:
    open_store(store_url).close()
    with process(_HOLDER, store_url) as a, process(_HOLDER, store_url) as b, process(_HOLDER, store_url) as c:
        assert sorted(line(child) for child in (a, b, c)) == ["held", "refused", "refused"]


def test_the_right_is_given_back_when_the_work_fails(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.exclusive():
        _ = 1 / 0
    with store.exclusive() as held:
        assert held


def test_a_lock_file_that_cannot_be_made_is_named(tmp_path: Any) -> None:
    with open_store(f"sqlite:///{tmp_path / 'x.db'}") as store:
        (tmp_path / "x.db.lock").mkdir()
        with pytest.raises(StoreError, match=r"the lock file .*x\.db\.lock cannot be opened"), store.exclusive():
            pass


def test_of_processes_that_start_together_one_makes_the_tables_and_all_find_them(database_url: str) -> None:
    with process(_OPENER, database_url) as a, process(_OPENER, database_url) as b, process(_OPENER, database_url) as c:
        children = (a, b, c)
        for child in children:
            tell(child, "x")
        assert len({line(child) for child in children} - {""}) == 1
        assert [child.wait() for child in children] == [0, 0, 0]


def test_a_process_killed_while_it_takes_a_page_in_leaves_the_old_checkpoint_and_no_half_page(
    store_url: str, desk: Any, tmp_path: Path
) -> None:
    old = desk.page(desk.ticket(1), desk.ticket(2), accounts=(desk.account(7),), checkpoint="old")
    new = desk.page(
        desk.ticket(1, subject="changed", version="v2", updated_at=desk.at(5), priority=None),
        desk.ticket(3, comments=(desk.comment(1),), comments_complete=True),
        accounts=(desk.account(7, name="renamed"),),
        comments=(desk.said(2, 9),),
        links=(desk.tied(2),),
        checkpoint="new",
    )
    refs = [desk.ref(number) for number in (1, 2, 3)]

    def picture(store: SqlStore) -> Any:
        return store.checkpoint("zendesk", "tickets"), store.load(refs), store.due(desk.at(1000), 10)

    file = tmp_path / "page"
    file.write_bytes(msgspec.msgpack.encode(new))
    with open_store(store_url, horizon=Horizon(siblings=True)) as store, process(_TAKER, store_url, str(file)) as taker:
        store.take_in("zendesk", old, desk.at(0))
        before = picture(store)
        deaths = 0
        for statement in range(1, 40):
            tell(taker, str(statement))
            ended = int(line(taker))
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
            assert picture(store) == before, f"after statement {statement}"
            deaths += 1
        assert deaths > 8
        checkpoint, known, due = picture(store)
    assert checkpoint == "new"
    assert known[desk.ref(1)].ticket.subject == "changed"
    assert known[desk.ref(3)].ticket.comments == (desk.comment(1),)
    assert {visit.ref for visit in due} == set(refs)


def test_threads_share_a_store_without_losing_a_nudge(store: SqlStore, desk: Any) -> None:
    refs = [desk.ref(number) for number in range(5)]

    def work() -> None:
        for _ in range(10):
            store.nudge(refs, desk.at(0), "webhook")
            store.refresh([desk.ticket(number) for number in (4, 2, 0, 1, 3)], desk.at(0))

    assert _failures_of(*[work] * 4) == []
    assert [visit.nudges for visit in store.due(desk.at(0), 10)] == [40] * 5


def test_pages_that_reach_the_same_tickets_in_another_order_do_not_block_each_other(store: SqlStore, desk: Any) -> None:
    crowd = [desk.ticket(number, account=desk.account_ref(7 + number % 2)) for number in range(40)]
    store.take_in("zendesk", desk.page(*crowd), desk.at(0))

    def taker(account: int) -> Callable[[], None]:
        """A new name nudges one account's tickets, and then the comments those of the other."""

        def work() -> None:
            for turn in range(20):
                renamed = desk.account(account, name=f"Revision {turn}")
                said = [desk.said(number, turn) for number in range(40) if number % 2 != account - 7]
                store.take_in("zendesk", desk.page(accounts=(renamed,), comments=tuple(said)), desk.at(1))

        return work

    assert _failures_of(taker(7), taker(8)) == []


def test_two_stores_on_one_database_wait_for_each_other(store_url: str, desk: Any) -> None:
    """As two processes would: nothing but the database itself keeps them apart."""
    with open_store(store_url) as one, open_store(store_url) as other:

        def taker(store: SqlStore) -> Callable[[], None]:
            def work() -> None:
                for turn in range(30):
                    ticket = desk.ticket(1, subject=f"Revision {turn}", version=str(turn))
                    store.take_in("zendesk", desk.page(ticket), desk.at(1))

            return work

        assert _failures_of(taker(one), taker(other)) == []


def _failures_of(*works: Callable[[], None]) -> list[BaseException]:
    """Run these at the same time, each in a thread."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_the_right_to_visit_is_free_again_at_once(store: SqlStore) -> None:
    for _ in range(200):
        with store.exclusive() as ours:
            assert ours
