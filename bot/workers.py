"""Killable worker processes with limits on memory, CPU and wall time, for everything that reads hostile bytes.

One task runs in one process over its own pair of pipes, so that ending a process harms nothing but its task. The
parent never imports what the workers do: tasks are named "package.module:function". See docs/adr/0002-workers.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.worker_process import BROKE, DONE, HEADER, MEMORY, MEMORY_EXIT, RAISED, READY

HEADROOM_MB = 150
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 1.5
RESPAWN_DELAY_S = 1.0
_MAIN = (
    "import sys; n=int(sys.argv[1]); sys.path[:]=sys.argv[2:2+n]; "
    "from bot.worker_process import serve; serve(sys.argv[2+n:])"
)
# Nothing of ours is passed on: the settings hold the Telegram token, and workers read what strangers wrote.
# One thread each: the thread pools of numeric libraries would count against the memory limit.
_ENVIRONMENT = MappingProxyType({"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})


class Fault(StrEnum):
    """Why a worker could not finish a task. Values are shown to admins as they stand."""

    TIME = "took too long"
    CPU = "used too much processor time"
    MEMORY = "used too much memory"
    CRASH = "the reader broke"
    STOPPED = "we are stopping"


class WorkerFault(Exception):
    """A task was not finished. `fault` says why, `task` what ran, `detail` more for the log.

    STOPPED blames nobody: the pool was stopped while the task waited or ran.
    """

    def __init__(self, fault: Fault, task: str, detail: str = "") -> None:
        super().__init__(f"{task}: {fault}{f' ({detail})' if detail else ''}")
        self.fault = fault
        self.task = task
        self.detail = detail

    def __reduce__(self) -> tuple[type[WorkerFault], tuple[Fault, str, str]]:
        return type(self), (self.fault, self.task, self.detail)


@dataclass(slots=True, eq=False)
class _Slot:
    """A place for one worker process; `starting` is the attempt under way to fill it."""

    process: asyncio.subprocess.Process | None = None
    starting: asyncio.Task[None] | None = field(default=None)
    failed_starts: int = 0


class Workers:
    """A pool of `size` worker processes. `preload` names modules that each worker imports before its first task.

    `headroom_mb` is how much a worker may grow beyond its size after these imports.
    """

    def __init__(self, *, size: int, preload: Sequence[str] = (), headroom_mb: int = HEADROOM_MB) -> None:
        self._preload = tuple(preload)
        self._headroom_mb = headroom_mb
        self._slots = [_Slot() for _ in range(size)]
        self._idle: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending: set[asyncio.Future[None]] = set()
        self._stopping = False
        for slot in self._slots:
            self._idle.put_nowait(slot)

    async def start(self) -> None:
        """Start all workers; return when they are ready. Raises WorkerFault where one can't start (a bad preload)."""
        try:
            await asyncio.gather(*(self._filled(slot, "start") for slot in self._slots))
        except WorkerFault:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all workers at once; tasks that wait or run raise WorkerFault(STOPPED). Returns within two seconds."""
        self._stopping = True
        for slot in self._slots:
            self._end(slot)
            if slot.starting is not None:
                slot.starting.cancel()
        running = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        starting = [slot.starting for slot in self._slots if slot.starting is not None]
        await asyncio.gather(*starting, return_exceptions=True)
        if running or self._ending:
            await asyncio.wait([*running, *self._ending], timeout=STOP_TIMEOUT_S)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The process ids of the workers that are up, for logs and tests."""
        return tuple(slot.process.pid for slot in self._slots if slot.process is not None)

    async def run(
        self, fn: str | Callable[..., Any], *args: object, timeout_s: float = 30.0, cpu_s: float = 5.0
    ) -> Any:
        """Return what `fn` ("package.module:function") returns for `args`, run in a worker.

        `timeout_s` counts from when a worker is free; `cpu_s` is kept to whole seconds, at least one. Raises
        WorkerFault where a limit was broken or the worker died, the function's own error where it is one of this
        house's (FetchError, RuleError); any other error of the function becomes WorkerFault(CRASH).
        """
        name = fn if isinstance(fn, str) else f"{fn.__module__}:{fn.__qualname__}"
        if self._stopping:
            raise WorkerFault(Fault.STOPPED, name)
        task = asyncio.ensure_future(self._run(name, args, timeout_s, cpu_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise WorkerFault(Fault.STOPPED, name) from None

    async def _run(self, name: str, args: tuple[object, ...], timeout_s: float, cpu_s: float) -> Any:
        slot = await self._idle.get()
        clean = False
        try:
            process = await self._filled(slot, name)
            try:
                async with asyncio.timeout(timeout_s):
                    await _send(process, pickle.dumps((name, args, timeout_s, cpu_s), pickle.HIGHEST_PROTOCOL))
                    kind, content, stale = await _receive(process)
            except TimeoutError:
                raise WorkerFault(Fault.TIME, name, f"{timeout_s:g} s") from None
            except (EOFError, OSError) as error:
                raise await self._post_mortem(process, name, cpu_s) from error
            clean = not stale and kind != MEMORY
            return _unpacked(kind, content, name)
        finally:
            if not clean:
                self._replace(slot)
            self._idle.put_nowait(slot)

    async def _post_mortem(self, process: asyncio.subprocess.Process, name: str, cpu_s: float) -> WorkerFault:
        """Return the fault that fits the way the process ended."""
        if self._stopping:
            return WorkerFault(Fault.STOPPED, name)
        try:
            code = await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            return WorkerFault(Fault.CRASH, name, "the pipe broke")
        if code == -signal.SIGXCPU:
            return WorkerFault(Fault.CPU, name, f"{cpu_s:g} s")
        if code == -signal.SIGALRM:
            return WorkerFault(Fault.TIME, name)
        if code == MEMORY_EXIT:
            return WorkerFault(Fault.MEMORY, name)
        return WorkerFault(Fault.CRASH, name, f"signal {-code}" if code < 0 else f"exit code {code}")

    def _end(self, slot: _Slot) -> None:
        process, slot.process = slot.process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        self._kill(process)

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        """End a process; `stop` waits until it is gone and its pipes are closed."""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        ending = asyncio.ensure_future(_gone(process))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _replace(self, slot: _Slot) -> None:
        """End the worker in `slot` and begin to start another, so that the next task finds one."""
        self._end(slot)
        if not self._stopping:
            self._begin(slot)

    def _begin(self, slot: _Slot) -> asyncio.Task[None]:
        if slot.starting is None or slot.starting.done():
            slot.starting = asyncio.ensure_future(self._fill(slot))
            # A failure is told to the task that needs the worker; without one it must not be logged as forgotten.
            slot.starting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return slot.starting

    async def _filled(self, slot: _Slot, name: str) -> asyncio.subprocess.Process:
        """Return the slot's live process, starting one where there is none."""
        if slot.process is not None and slot.process.returncode is not None:
            self._end(slot)
        if slot.process is None:
            starting = self._begin(slot)
            try:
                await asyncio.shield(starting)
            except WorkerFault as error:
                raise WorkerFault(error.fault, name, error.detail) from error
        if slot.process is None:
            raise WorkerFault(Fault.STOPPED, name)
        return slot.process

    async def _fill(self, slot: _Slot) -> None:
        if slot.failed_starts:  # a broken installation must not spin
            await asyncio.sleep(RESPAWN_DELAY_S)
        slot.failed_starts += 1
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MAIN, str(len(sys.path)), *sys.path, str(os.getpid()),
            str(self._headroom_mb), *self._preload,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                kind, content, _ = await _receive(process)
        except (EOFError, OSError, TimeoutError) as error:
            raise WorkerFault(Fault.CRASH, "start", "a worker process did not start") from error
        else:
            if kind != READY:
                raise WorkerFault(Fault.CRASH, "start", str(content))
            slot.process, slot.failed_starts = process, 0
        finally:
            if slot.process is not process:
                self._kill(process)


async def _gone(process: asyncio.subprocess.Process) -> None:
    await process.wait()
    # The pipes learn of it in the loop's next rounds; a transport left open would complain after the loop's end.
    for _ in range(3):
        await asyncio.sleep(0)


async def _send(process: asyncio.subprocess.Process, body: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(HEADER.pack(len(body)))
    process.stdin.write(body)
    await process.stdin.drain()


async def _receive(process: asyncio.subprocess.Process) -> tuple[str, Any, bool]:
    """Return one answer of a worker: its kind, its content, and whether the worker should be replaced."""
    assert process.stdout is not None
    (length,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
    kind, content, stale = pickle.loads(await process.stdout.readexactly(length))
    return kind, content, stale


def _unpacked(kind: str, content: Any, name: str) -> Any:
    """Return a finished task's result, or raise what it raised."""
    if kind == DONE:
        return content
    if kind == RAISED:
        raise content
    if kind == MEMORY:
        raise WorkerFault(Fault.MEMORY, name)
    assert kind == BROKE
    raise WorkerFault(Fault.CRASH, name, str(content))
