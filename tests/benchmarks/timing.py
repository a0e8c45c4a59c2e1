"""Whole processes side by side: wall clock, CPU, peak memory, in interleaved rounds, as medians and as ratios."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One process."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of user and system time, children included."""
    memory: float
    """Peak resident memory in MB, of the process and all its children together."""


class Memory(threading.Thread):
    """Looks at a process and its children ten times a second while the `with` block runs."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self.peak = 0.0

    def __enter__(self) -> "Memory":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        """Sum up until told to stop."""
        while not self._done.wait(0.1):
            self.peak = max(self.peak, sum(map(resident, family(self._pid))))


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(one for child in children for one in family(int(child)))]
    return [pid]


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB; 0 once it has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


@dataclass(frozen=True)
class Contender:
    """A command; `prepare` makes room for it before each round and returns the working folder."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], Path]
    endings: frozenset[int] = frozenset({0})
    """Exit codes that mean it did its work (wget says 8 where a link is dead)."""


def run(contender: Contender, log: Path) -> Run:
    """Run a command once. Raises RuntimeError where it ends otherwise than it should."""
    folder = contender.prepare()
    # Installed programs have their bytecode: nobody compiles all of it each time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            contender.command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        with Memory(process.pid) as memory:
            _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.endings:
        raise RuntimeError(
            f"{contender.name} ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}"
        )
    return Run(wall, usage.ru_utime + usage.ru_stime, memory.peak)


def rounds(contenders: Sequence[Contender], count: int, logs: Path) -> Mapping[str, list[Run]]:
    """Run all contenders `count` times, in turn, so that a noisy minute hits all of them."""
    logs.mkdir(parents=True, exist_ok=True)
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for number in range(count):
        for contender in contenders:
            found = run(contender, logs / f"{contender.name}-{number}.log".replace(" ", "-"))
            print(f"  {contender.name}: {found.wall:.2f} s", file=sys.stderr)
            runs[contender.name].append(found)
    return runs


def table(runs: Mapping[str, list[Run]], ours: str, pages: int) -> list[dict[str, object]]:
    """Return one row a contender: medians, pages a second, and how many times faster `ours` is in the same rounds."""
    own = statistics.median(run.wall for run in runs[ours])
    return [
        {
            "name": name,
            "wall_s": round(statistics.median(run.wall for run in found), 2),
            "wall_min_max_s": [round(min(run.wall for run in found), 2), round(max(run.wall for run in found), 2)],
            "cpu_s": round(statistics.median(run.cpu for run in found), 2),
            "memory_mb": round(max(run.memory for run in found)),
            "pages_per_s": round(pages / statistics.median(run.wall for run in found)),
            "ours_is_faster": round(statistics.median(run.wall for run in found) / own, 2),
        }
        for name, found in runs.items()
    ]


def show(result: object) -> None:
    """Print a result as JSON, Chinese kept."""
    print(json.dumps(result, ensure_ascii=False, indent=1))
