# SPDX-License-Identifier: Apache-2.0
"""The table in the terminal and the JSON beside it."""
import os
import pathlib
import platform
import subprocess
import textwrap
from typing import Optional

from measure import BUSY, Result, Row, Side, Target, spread

WIDTH = 110
NAME, FIGURE, RATIO = 24, 33, 22
MEANING = WIDTH - NAME - FIGURE - RATIO - 5


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def shown(values: list[float], write=number) -> str:
    """`median [min–max]`."""
    found = spread(values)
    return f"{write(found['median'])} [{write(found['min'])}–{write(found['max'])}]" if found else ""


def heading() -> str:
    columns = f"  {'':{NAME}}{'median [min–max]':>{FIGURE}}{'tocsin ÷ this':>{RATIO}}"
    return f"{columns}   an acknowledgement means\n{'─' * WIDTH}"


def row_text(result: Result) -> str:
    row = result.row
    lines = textwrap.wrap(f"{row.name}: {row.work} ({row.unit}, {row.better} is better)", WIDTH)
    for side in row.sides:
        lines += side_lines(result, side)
    if result.busy_percent > BUSY:
        lines.append(f"  DOUBTFUL: {result.busy_percent:g} % of the processors were in use before it began")
    for target in row.targets:
        lines += textwrap.wrap(target_text(result, target), WIDTH, initial_indent="  ",
                               subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def wanted(row: Row, target: Target) -> str:
    """The target in words: `≥ 0.6 (0.8) × the lower of A and B`."""
    sign = "≥" if row.better == "higher" else "≤"
    reach = f" ({target.reach:g})" if target.reach is not None else ""
    others = " / ".join(target.against)
    if len(target.against) > 1:
        others = f"the {'higher' if target.pick is max else 'lower'} of ({others})"
    if not target.against:
        return f"{sign} {target.value:g}{reach} {row.unit}"
    if target.by == "difference":
        return f"{sign} {others} + {target.value:g}{reach} {row.unit}"
    return f"{sign} {target.value:g}{reach} × {others}"


def verdict(result: Result, target: Target) -> str:
    """`met`, `MISS`, or that nothing can be said."""
    if not result.judged(target):
        return "not judged"
    return "MISS" if target in result.misses() else "met"


def target_text(result: Result, target: Target) -> str:
    measured = shown(result.judged(target))
    return f"{verdict(result, target)}: {measured or 'no figures'}, target {wanted(result.row, target)}"


def closing(results: list[Result]) -> str:
    """The last word of a run: what missed its target."""
    missed = [f"{result.row.name} ({wanted(result.row, target)})"
              for result in results for target in result.misses()]
    judged = sum(bool(result.judged(target)) for result in results for target in result.row.targets)
    words = f"{judged} targets judged, {len(missed)} missed{': ' if missed else ''}{', '.join(missed)}"
    return "\n".join(textwrap.wrap(words, WIDTH))


def side_lines(result: Result, side: Side) -> list[str]:
    words = [*textwrap.wrap(side.acknowledges, MEANING)]
    figure, ratio, notes = shown(result.values(side.name)), "", []
    if side.name in result.failed:
        figure, notes = "FAILED", [result.failed[side.name]]
    elif side.name in result.missing:
        figure, notes = "not installed", [result.missing[side.name]]
    elif not figure:
        figure = "not measured"
    elif side.role != "tocsin":
        ratio = shown(result.ratios(side.name), "{:.2f}".format)
        if result.row.better == "lower" and ratio:
            notes = [f"tocsin − this: {shown(result.differences(side.name))} {result.row.unit}"]
    lines = [f"  {side.name:{NAME}}{figure:>{FIGURE}}{ratio:>{RATIO}}   {words[0] if words else ''}"]
    lines += [" " * (WIDTH - MEANING) + word for word in words[1:]]
    for note in notes:
        lines += textwrap.wrap(note, WIDTH - 6, initial_indent="    ", subsequent_indent="    ")
    return lines


def as_json(results: list[Result], facts: dict) -> dict:
    return {**facts, "rows": [row_json(result) for result in results]}


def row_json(result: Result) -> dict:
    row = result.row
    return {"name": row.name, "work": row.work, "unit": row.unit, "better": row.better,
            "complete": result.is_complete(), "busy_percent": result.busy_percent,
            "sides": [side_json(result, side) for side in row.sides],
            "targets": [target_json(result, target) for target in row.targets]}


def target_json(result: Result, target: Target) -> dict:
    return {"words": wanted(result.row, target), "value": target.value, "reach": target.reach,
            "against": list(target.against), "by": target.by if target.against else "value",
            "measured": spread(result.judged(target)), "verdict": verdict(result, target)}


def side_json(result: Result, side: Side) -> dict:
    told = {"name": side.name, "role": side.role, "acknowledges": side.acknowledges,
            "failed": result.failed.get(side.name), "not_installed": result.missing.get(side.name),
            "figures": spread(result.values(side.name)),
            "rounds": [{"round": number + 1, "value": figure.value, "detail": figure.detail}
                       for number, figure in sorted(result.figures[side.name].items())]}
    if side.role != "tocsin":
        told["ratio"] = spread(result.ratios(side.name))
        told["ratios"] = result.ratios(side.name)
        told["difference"] = spread(result.differences(side.name))
    return told


def machine(scratch: pathlib.Path) -> dict:
    """What the figures were taken on."""
    return {"system": platform.platform(), "processors": os.cpu_count(), "processor": processor_name(),
            "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20,
            "scratch": str(scratch), "file_system": file_system(scratch)}


def processor_name() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def file_system(folder: pathlib.Path) -> str:
    command = ["stat", "--file-system", "--format=%T", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


def stolen_and_total() -> tuple[int, int]:
    """Clock ticks that other machines took from this one, and all ticks, since the start of the system."""
    ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return ticks[7], sum(ticks[:8])


def stolen_percent(before: tuple[int, int], after: tuple[int, int]) -> Optional[float]:
    total = after[1] - before[1]
    return round(100 * (after[0] - before[0]) / total, 1) if total else None
