"""What runs inside one worker process: read a task, do it within its limits, answer, and die with the parent.

`bot.workers` starts it. Only the standard library is imported here; the reading libraries come with the first task or
with `preload`, inside the worker.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

HEADER = struct.Struct("!Q")
WALL_GRACE_S = 2.0
# A worker that kept so much of its headroom that less than this is left is replaced before the next task.
LEFT_FOR_A_TASK = 100 * 2**20
MEMORY_EXIT = 77
NICENESS = 5  # the event loop goes first where processors are scarce
OUR_PACKAGES = frozenset({"bot", "rules", "storage"})
_PR_SET_PDEATHSIG = 1

READY, DONE, RAISED, BROKE, MEMORY = "ready", "done", "raised", "broke", "memory"


def serve(argv: Sequence[str]) -> None:
    """Answer tasks until the parent closes the pipe. `argv` is [parent's process id, headroom in MiB, module, …]."""
    parent_pid, headroom, preload = int(argv[0]), int(argv[1]) * 2**20, argv[2:]
    _die_with(parent_pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    tasks, answers = _take_over_pipes()
    try:
        for name in preload:
            importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - the door of this process: the parent is told and decides
        _answer(answers, BROKE, _in_words(error))
        return
    gc.collect()
    gc.freeze()
    resident = _address_space_bytes()
    if resident:
        _lower_soft_limit(resource.RLIMIT_AS, resident + headroom)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _answer(answers, READY, None)
    while (task := _next_task(tasks)) is not None:
        _work(task, answers, resident + headroom - LEFT_FOR_A_TASK if resident else 0)


def _die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when the parent's starting thread ends; leave now if the parent is gone.

    The pipe's end-of-file does the same between tasks, and the wall alarm of each task bounds the rest, on systems
    that have no PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the task and answer pipes, moved away from stdin and stdout so that stray prints can't corrupt them."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    return tasks, answers


def _next_task(tasks: BinaryIO) -> bytes | None:
    """Return the next task as pickled bytes; None when the parent has closed the pipe."""
    header = tasks.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    body = tasks.read(length)
    return body if len(body) == length else None


def _work(task: bytes, answers: BinaryIO, stale_bytes: int) -> None:
    """Do one task and answer it; a task that runs out of memory also ends this process, whose heap is in doubt."""
    try:
        name, args, timeout_s, cpu_s = pickle.loads(task)
        del task
        _limit_cpu(cpu_s)
        signal.setitimer(signal.ITIMER_REAL, timeout_s + WALL_GRACE_S)
        try:
            result = _function(name)(*args)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        _answer(answers, DONE, result, stale=_stale(stale_bytes))
    except MemoryError:
        _answer(answers, MEMORY, None)
        os._exit(MEMORY_EXIT)
    except Exception as error:  # noqa: BLE001 - the door of this process: every failure is answered
        kind, words = _as_answer(error)
        _answer(answers, kind, words, stale=_stale(stale_bytes))


def _limit_cpu(cpu_s: float) -> None:
    """Let this process use at most `cpu_s` more CPU seconds (whole seconds, at least one, never more than asked
    where two or more are asked); SIGXCPU then ends it, and with it this task only."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _lower_soft_limit(resource.RLIMIT_CPU, max(int(used + cpu_s), int(used) + 2))


def _lower_soft_limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


@cache
def _function(name: str) -> Callable[..., Any]:
    """Return the function that "package.module:function" names."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _answer(answers: BinaryIO, kind: str, content: object, *, stale: bool = False) -> None:
    body = pickle.dumps((kind, content, stale), protocol=pickle.HIGHEST_PROTOCOL)
    answers.write(HEADER.pack(len(body)))
    answers.write(body)
    answers.flush()


def _as_answer(error: Exception) -> tuple[str, object]:
    """Return our own exceptions as they are (if they survive the journey), and any other in words."""
    if type(error).__module__.partition(".")[0] not in OUR_PACKAGES:
        return BROKE, _in_words(error)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - any constructor may refuse any argument
        return BROKE, _in_words(error)
    return RAISED, error.with_traceback(None)


def _in_words(error: Exception) -> str:
    """Return type, message and the innermost place of an error, short enough for a log line."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:300]}{place}"


def _address_space_bytes() -> int:
    """Return the size of this process's address space, 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _stale(stale_bytes: int) -> bool:
    """Say whether this process has grown so much that the next task would start with too little headroom."""
    if not stale_bytes or _address_space_bytes() < stale_bytes:
        return False
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
        if trim is not None:
            trim(0)
    return _address_space_bytes() >= stale_bytes
