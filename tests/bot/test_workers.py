"""Worker processes: a task that breaks a limit costs that task only, and no worker outlives its parent."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest

from bot.feeds.model import FetchError, FetchFault
from bot.workers import Fault, WorkerFault, Workers
from rules.model import Place, RuleError

HERE = "tests.bot.test_workers"


def add(a: int, b: int) -> int:
    return a + b


def measure(body: bytes) -> int:
    return len(body)


def spin() -> NoReturn:
    while True:
        pass


def linger() -> None:
    time.sleep(600)


def swell(megabytes: int) -> int:
    return len(bytearray(megabytes * 2**20))


def hoard() -> None:
    kept = []
    while True:
        kept.append("x" * 100_000)


def vanish() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def refuse() -> None:
    raise FetchError(FetchFault.HTML, "a login page", url="http://a.example/", status=200)


def refuse_rule() -> None:
    raise RuleError("no such thing", Place("x.yaml", 3, 4))


def fail() -> None:
    raise ValueError("the reader has a bug")


def chatter() -> str:
    sys.stdout.write("noise " * 1000)
    os.write(1, b"more noise")
    return "answer"


def dive(depth: int) -> int:
    return dive(depth + 1)


def open_files() -> list[str]:
    return sorted(os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.exists())


def environment() -> dict[str, str]:
    return dict(os.environ)


def own_process_id() -> int:
    return os.getpid()


def modules() -> list[str]:
    return sorted(sys.modules)


def unpicklable() -> object:
    return lambda: None


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    pool = Workers(size=1)
    await pool.start()
    yield pool
    await pool.stop()


async def test_a_task_is_done_in_another_process(workers: Workers) -> None:
    assert await workers.run(add, 2, 3) == 5
    assert await workers.run(f"{HERE}:own_process_id") == workers.process_ids[0] != os.getpid()


async def test_large_bodies_travel_whole(workers: Workers) -> None:
    assert await workers.run(measure, bytes(20_000_000)) == 20_000_000


@pytest.mark.parametrize(
    ("task", "args", "fault"),
    [
        ("spin", (), Fault.CPU),
        ("swell", (400,), Fault.MEMORY),
        ("hoard", (), Fault.MEMORY),
        ("vanish", (), Fault.CRASH),
        ("leave", (), Fault.CRASH),
        ("fail", (), Fault.CRASH),
        ("dive", (0,), Fault.CRASH),
        ("unpicklable", (), Fault.CRASH),
        ("no_such_function", (), Fault.CRASH),
    ],
)
async def test_a_task_that_breaks_its_worker_costs_that_task_only(
    workers: Workers, task: str, args: tuple[object, ...], fault: Fault
) -> None:
    with pytest.raises(WorkerFault) as caught:
        await workers.run(f"{HERE}:{task}", *args, cpu_s=1)
    assert caught.value.fault is fault
    assert caught.value.task == f"{HERE}:{task}"
    assert await workers.run(add, 2, 3) == 5


async def test_a_task_that_waits_for_ever_is_ended_by_the_wall_limit(workers: Workers) -> None:
    with pytest.raises(WorkerFault) as caught:
        await workers.run(linger, timeout_s=0.2)
    assert caught.value.fault is Fault.TIME
    assert await workers.run(add, 2, 3) == 5


async def test_the_cpu_limit_is_per_task_not_per_worker(workers: Workers) -> None:
    first = await workers.run(own_process_id)
    for _ in range(3):
        await workers.run(f"{HERE}:burn", 0.5, cpu_s=1)
    assert await workers.run(own_process_id) == first


def burn(cpu_s: float) -> None:
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass


async def test_a_task_within_the_headroom_is_done(workers: Workers) -> None:
    assert await workers.run(swell, 100) == 100 * 2**20


async def test_our_own_errors_arrive_as_they_were_raised(workers: Workers) -> None:
    with pytest.raises(FetchError) as caught:
        await workers.run(refuse)
    assert (caught.value.fault, caught.value.detail, caught.value.status) == (FetchFault.HTML, "a login page", 200)
    assert str(caught.value) == "a web page instead of a feed: a login page"


async def test_an_error_that_cannot_travel_is_told_in_words(workers: Workers) -> None:
    with pytest.raises(WorkerFault, match=r"RuleError: x.yaml:3:4: no such thing"):
        await workers.run(refuse_rule)


async def test_prints_of_a_library_do_not_disturb_the_answers(workers: Workers) -> None:
    assert await workers.run(chatter) == "answer"


async def test_a_broken_task_does_not_hold_up_the_other_worker() -> None:
    pool = Workers(size=2)
    await pool.start()
    slow = asyncio.ensure_future(pool.run(linger))
    try:
        assert [await pool.run(add, number, 1) for number in range(50)] == list(range(1, 51))
        assert not slow.done()
    finally:
        await pool.stop()
    with pytest.raises(WorkerFault) as caught:
        await slow
    assert caught.value.fault is Fault.STOPPED


async def test_a_cancelled_task_frees_its_worker(workers: Workers) -> None:
    waiting = asyncio.ensure_future(workers.run(linger))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await workers.run(add, 2, 3) == 5


async def test_stopping_ends_waiting_tasks_without_blame() -> None:
    pool = Workers(size=1)
    await pool.start()
    ids = pool.process_ids
    tasks = [asyncio.ensure_future(pool.run(linger)) for _ in range(3)]
    await asyncio.sleep(0)
    await pool.stop()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcome.fault for outcome in outcomes if isinstance(outcome, WorkerFault)] == [Fault.STOPPED] * 3
    assert not any(_alive(process_id) for process_id in ids)
    with pytest.raises(WorkerFault):
        await pool.run(add, 1, 1)


async def test_stopping_a_pool_that_never_started_or_twice_is_harmless() -> None:
    pool = Workers(size=2)
    await pool.stop()
    await pool.stop()


async def test_a_missing_reading_library_is_told_at_the_start() -> None:
    with pytest.raises(WorkerFault, match="no_such_module"):
        await Workers(size=1, preload=("no_such_module",)).start()


async def test_preloaded_modules_are_in_the_worker_and_not_here(workers: Workers) -> None:
    pool = Workers(size=1, preload=("wave",))
    await pool.start()
    try:
        assert "wave" in await pool.run(modules)
    finally:
        await pool.stop()
    assert "wave" not in sys.modules


async def test_a_worker_holds_no_file_of_ours_nor_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAWATCH_TELEGRAM_TOKEN", "a secret")
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        pool = Workers(size=1)
        await pool.start()
        try:
            held = await pool.run(open_files)
            passed_on = await pool.run(environment)
        finally:
            await pool.stop()
    assert not [name for name in held if name.endswith("lock")]
    assert not [name for name in passed_on if name.startswith("MEDIAWATCH")]


async def test_ctrl_c_and_sigterm_are_left_to_the_parent(workers: Workers) -> None:
    (process_id,) = workers.process_ids
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(process_id, number)
    assert await workers.run(own_process_id) == process_id


async def test_a_worker_killed_while_idle_is_replaced(workers: Workers) -> None:
    (process_id,) = workers.process_ids
    os.kill(process_id, signal.SIGKILL)
    outcomes = [await _outcome(workers) for _ in range(2)]
    assert outcomes[-1] == 5


async def _outcome(workers: Workers) -> object:
    try:
        return await workers.run(add, 2, 3)
    except WorkerFault as fault:
        return fault.fault


PARENT = """
import asyncio, sys
from bot.workers import Workers

async def main():
    pool = Workers(size=2)
    await pool.start()
    busy = asyncio.ensure_future(pool.run("tests.bot.test_workers:linger"))
    await pool.run("tests.bot.test_workers:add", 1, 1)
    print(*pool.process_ids, flush=True)
    await busy

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent while they are busy")
def test_workers_die_with_a_killed_parent() -> None:
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=root, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        ids = [int(word) for word in parent.stdout.readline().split()]
        assert len(ids) == 2
        assert all(_alive(process_id) for process_id in ids)
        parent.kill()
        parent.wait()
    assert all(_gone_soon(process_id) for process_id in ids)


def _alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _gone_soon(process_id: int) -> bool:
    """Say whether a process ends while we look, at most some ten thousand times."""
    for _ in range(10_000):
        if not _alive(process_id):
            return True
        os.sched_yield()
    return not _alive(process_id)
