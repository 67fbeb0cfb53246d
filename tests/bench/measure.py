# SPDX-License-Identifier: Apache-2.0
"""What a row of the benchmark is, and how its rounds are run: every side in turn, a ratio in each round."""
import contextlib
import dataclasses
import json
import math
import pathlib
import statistics
import subprocess
import time
from typing import Any, Callable, ContextManager, Optional


BUSY = 10.0    # percent of the processors in use by others, from where on figures are doubtful


class BenchError(Exception):
    """A figure could not be taken; the row fails with these words."""


class NotInstalled(Exception):
    """The program of this side is not there; the words say which, and what brings it."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """One measurement: the number that is compared, and whatever else the client told."""
    value: float
    detail: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Bench:
    """What every measurement may use."""
    build: pathlib.Path      # the build tree that is measured
    scratch: pathlib.Path    # an empty folder on a disk, for stores
    sockets: pathlib.Path    # an empty folder with a short path
    seconds: float           # of one measurement
    patience: float = 0.0    # seconds that a row waits for idle processors

    @property
    def timing(self) -> tuple[str, ...]:
        """For how long a load client warms up and measures, as its arguments."""
        return ("--warmup", f"{min(0.5, self.seconds / 4):g}", "--seconds", f"{self.seconds:g}")

    def product(self, name: str) -> str:
        """The path of one of the two programs, or of a load client."""
        folder = "bin" if name in ("tocsin", "tocsind") else "tests/bench"
        path = self.build / folder / name
        if not path.exists():
            raise NotInstalled(f"{name} is not in {self.build}: build it")
        return str(path)

    def client(self, name: str, *words: Any, environment: Optional[dict] = None, limit: float = 300) -> dict:
        """Runs a load client to its end and returns the JSON that it prints."""
        command = [self.product(name), *map(str, words)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=limit + self.seconds,
                                   env=environment, check=False)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"{name}: no end after {error.timeout:.0f} s") from error
        if ended.returncode != 0:
            raise BenchError(f"{name}: exit {ended.returncode}: {ended.stderr.strip()[-300:]}")
        result = json.loads(ended.stdout)
        if result.get("errors"):
            raise BenchError(f"{name}: {result['errors']} errors in {ended.stdout.strip()[:300]}")
        return result


@dataclasses.dataclass(frozen=True)
class Side:
    """One of those that are compared. `measure` takes the bench and what the row's fixture yields."""
    name: str
    role: str                # "tocsin", "limit" or "peer"
    acknowledges: str        # what is true when an answer is counted
    measure: Optional[Callable[[Bench, Any], Figure]] = None


@dataclasses.dataclass(frozen=True)
class Target:
    """What Tocsin's figure has to be. For "higher" rows `value` is the least, for "lower" rows the most."""
    value: float
    reach: Optional[float] = None        # what is hoped for
    against: tuple[str, ...] = ()        # names of sides; none: the figure itself is judged
    pick: Callable[..., float] = max     # which of their figures counts, in each round anew
    by: str = "ratio"                    # or "difference": Tocsin's figure minus theirs

    def measured(self, ours: float, *theirs: float) -> float:
        if not self.against:
            return ours
        other = self.pick(theirs)
        return ours - other if self.by == "difference" else ours / other if other else math.inf

    def is_met(self, measured: float, better: str) -> bool:
        return measured >= self.value if better == "higher" else measured <= self.value


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the table. The first side is Tocsin; every other one gets the ratio Tocsin ÷ it."""
    name: str
    work: str
    unit: str
    better: str              # "higher" or "lower"
    sides: tuple[Side, ...]
    targets: tuple[Target, ...] = ()
    long: bool = False       # takes minutes to set up: run by name, or with --long
    # what hangs on the disk's mood of the moment is cut into so many times more, and shorter, rounds
    slices: int = 1
    # kept up over all rounds of the row, for what is costly to set up
    fixture: Callable[[Bench], ContextManager[Any]] = lambda bench: contextlib.nullcontext()
    # measures all sides in one go, by side name, instead of each by its own function
    together: Optional[Callable[[Bench, Any], "dict[str, Figure | NotInstalled]"]] = None


@dataclasses.dataclass
class Result:
    """What came out of a row: figures by side and round, and why a side has none."""
    row: Row
    figures: dict[str, dict[int, Figure]]
    busy_percent: float = 0.0    # of the processors, taken by others just before the first round
    missing: dict[str, str] = dataclasses.field(default_factory=dict)
    failed: dict[str, str] = dataclasses.field(default_factory=dict)

    def values(self, side: str) -> list[float]:
        return [figure.value for figure in self.figures[side].values()]

    def paired(self, side: str) -> list[tuple[float, float]]:
        """Tocsin's figure and this side's, for every round that has both."""
        ours, others = self.figures[self.row.sides[0].name], self.figures[side]
        return [(ours[number].value, others[number].value) for number in sorted(ours.keys() & others.keys())]

    def ratios(self, side: str) -> list[float]:
        return [ours / other for ours, other in self.paired(side) if other > 0]

    def judged(self, target: Target) -> list[float]:
        """What the target measures, for every round that has the figures for it. The best of several is picked
        among those that there are: who failed is not the best."""
        ours = self.figures[self.row.sides[0].name]
        others = [self.figures[name] for name in target.against]
        enough = any if target.pick is max else all
        rounds = [number for number in sorted(ours) if not others or enough(number in found for found in others)]
        return [target.measured(ours[number].value, *(found[number].value for found in others if number in found))
                for number in rounds]

    def misses(self) -> list[Target]:
        """The targets that the median over the rounds does not meet."""
        return [target for target in self.row.targets if self.judged(target)
                and not target.is_met(statistics.median(self.judged(target)), self.row.better)]

    def differences(self, side: str) -> list[float]:
        return [ours - other for ours, other in self.paired(side)]

    def is_complete(self) -> bool:
        """Whether nothing failed and Tocsin was there; a peer may be missing."""
        return not self.failed and self.row.sides[0].name not in self.missing


def spread(values: list[float]) -> Optional[dict[str, float]]:
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def busy_percent(seconds: float = 0.2) -> float:
    """How much of the processors is in use while this program does nothing."""
    def ticks() -> tuple[int, int]:
        values = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(values), values[3] + values[4]
    total, idle = ticks()
    time.sleep(seconds)
    new_total, new_idle = ticks()
    passed = max(1, new_total - total)
    return round(100 * (1 - (new_idle - idle) / passed), 1)


def wait_until_quiet(patience: float) -> float:
    """Waits until others leave the processors alone, or for so many seconds; how busy they are then."""
    end = time.monotonic() + patience
    while (busy := busy_percent()) > BUSY and time.monotonic() < end:
        time.sleep(1)
    return busy


def run_row(row: Row, bench: Bench, rounds: int, say: Callable[[str], None]) -> Result:
    """Runs all rounds of a row. A side that fails is not tried again, and the others go on."""
    result = Result(row, {side.name: {} for side in row.sides})
    ours = row.sides[0].name
    rounds *= row.slices
    bench = dataclasses.replace(bench, seconds=bench.seconds / row.slices)
    try:
        result.busy_percent = wait_until_quiet(bench.patience)
        with row.fixture(bench) as fixture:
            for number in range(rounds):
                say(f"{row.name}: round {number + 1} of {rounds}")
                _run_round(result, bench, fixture, number)
    except NotInstalled as missing:
        result.missing.setdefault(ours, str(missing))
    except BenchError as error:
        result.failed.setdefault(ours, str(error))
    return result


def _run_round(result: Result, bench: Bench, fixture: Any, number: int) -> None:
    if result.row.together:
        for name, figure in result.row.together(bench, fixture).items():
            if isinstance(figure, NotInstalled):
                result.missing[name] = str(figure)
            else:
                result.figures[name][number] = figure
        return
    # the order is turned round by round, so that nobody always runs on a machine that was just busy
    sides = result.row.sides if number % 2 == 0 else result.row.sides[::-1]
    for side in sides:
        if side.name in result.missing or side.name in result.failed:
            continue
        try:
            result.figures[side.name][number] = side.measure(bench, fixture)
        except NotInstalled as missing:
            result.missing[side.name] = str(missing)
        except BenchError as error:
            result.failed[side.name] = str(error)

