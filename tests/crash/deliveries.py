# SPDX-License-Identifier: Apache-2.0
"""Compares what a pipeline had to deliver with what its other side got, and with what the daemon says of it. It only
looks: no daemon, no files."""
from typing import NamedTuple

MURDERER = "the daemon died"  # begins the result of an event that was in work at too many deaths of the daemon


class Matched(NamedTuple):
    """An event that the pipeline had to take. Events with one key must not overtake each other."""
    sequence: int
    key: object


class Expected(NamedTuple):
    matched: list       # Matched, by sequence
    doomed: set         # sequences of those that can't be delivered
    may_lose: int = 0   # so many may be neither delivered nor dead: a sink whose acknowledgement is its own queue


class Found(NamedTuple):
    delivered: list     # sequences in the order in which they arrived, with repetitions
    dead: dict          # sequence of each dead letter -> its last result
    totals: dict        # delivered, dead, skipped, dead_letters, as the API tells
    metrics: dict       # the same, as /metrics tells


def faults_of(name, expected, found):
    """What is wrong, as sentences."""
    matched = {event.sequence: event for event in expected.matched}
    faults = _strangers(matched, found) + _lost(matched, expected, found) + _dead(expected, found)
    faults += _overtaken(matched, found) + _totals(matched, found)
    return [f"{name}: {fault}" for fault in faults]


def _strangers(matched, found):
    strangers = sorted({*found.delivered, *found.dead} - matched.keys())
    return [f"{sequence} does not match, and was taken" for sequence in strangers]


def _lost(matched, expected, found):
    lost = sorted(matched.keys() - set(found.delivered) - found.dead.keys())
    if len(lost) <= expected.may_lose:
        return []
    return [f"{sequence} was neither delivered nor is it a dead letter" for sequence in lost]


def _dead(expected, found):
    murderers = {sequence for sequence, result in found.dead.items() if result.startswith(MURDERER)}
    wrongly = sorted(found.dead.keys() - expected.doomed - murderers)
    faults = [f"{sequence} is a dead letter ({found.dead[sequence]}), and could be delivered" for sequence in wrongly]
    both = sorted((found.dead.keys() & set(found.delivered)) - murderers)
    return faults + [f"{sequence} was delivered and is a dead letter" for sequence in both]


def _overtaken(matched, found):
    """First deliveries of a key come in the order of the log. Later ones of the same event are a crash's."""
    faults, seen, youngest = [], set(), {}
    for sequence in found.delivered:
        if sequence in seen or sequence not in matched or sequence in found.dead:
            continue
        seen.add(sequence)
        key = matched[sequence].key
        if sequence < youngest.get(key, 0):
            faults.append(f"{sequence} came after {youngest[key]} with the same key, {key!r}")
        youngest[key] = max(sequence, youngest.get(key, 0))
    return faults


def _totals(matched, found):
    totals, faults = found.totals, []
    if totals["delivered"] + totals["dead"] + totals["skipped"] != len(matched):
        faults.append(f"{len(matched)} events matched, the totals say {totals}")
    if totals["dead"] != len(found.dead) or totals["dead_letters"] != len(found.dead):
        faults.append(f"there are {len(found.dead)} dead letters, the totals say {totals}")
    if totals != found.metrics:
        faults.append(f"the metrics say {found.metrics}, the API {totals}")
    return faults
