"""What a process and its children cost: processor seconds and peak memory, as Linux keeps them."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(children: Iterable[int] = ()) -> float:
    """Return the processor seconds (user and system) of this process, of `children` alive, and of those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    spent = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    return spent + sum(_child_cpu_s(child) for child in children)


def _child_cpu_s(process_id: int) -> float:
    try:
        # The command's name stands in parentheses and may hold blanks.
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def peak_mb(process_id: int | str = "self") -> float:
    """Return the most memory (resident) that a process ever held, in MB of 10⁶ bytes; 0 where it is gone."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024 / 1e6
