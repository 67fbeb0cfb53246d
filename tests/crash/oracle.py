# SPDX-License-Identifier: Apache-2.0
"""Compares what was acknowledged, what the log holds and what its readers saw. It only looks: no daemon, no files.

Feed it as the run goes on (`add_receipts` before `add_log`, so that the log is never older than the receipts), then
`judge`; `finish` at the end. What is wrong gathers in `faults`, a sentence each.
"""


class View:
    """What one reader has shown: each event once, in order, from the first on."""

    def __init__(self, position):
        self.position = position  # the last sequence that it has shown
        self.pending = []         # shown, but not yet held against the log


class Oracle:
    def __init__(self, first=1, views=("feed", "tail")):
        self.first = first         # the log is looked at from this sequence on
        self.head = first - 1      # the last sequence that was read from the log
        self.log = {}              # sequence -> Event
        self.receipts = {}         # (source, id) -> the first Receipt
        self.views = {name: View(first - 1) for name in views}
        self.faults = []
        self._sequence_of = {}     # (source, id) -> sequence in the log
        self._origins = {}         # Origin -> sequence in the log
        self._named = {}           # sequence -> (source, id) of the receipt that named it
        self._unproven = []        # receipts not yet held against the log

    # --- what happened --------------------------------------------------------------------------------------------

    def add_receipts(self, receipts):
        """Receipts of one emitter in the order in which they came."""
        for receipt in receipts:
            key = (receipt.source, receipt.id)
            earlier = self.receipts.setdefault(key, receipt)
            if earlier is not receipt:
                self._compare_receipts(earlier, receipt)
            elif receipt.duplicate and receipt.attempt == 1:
                self._fault(f"event {name_of(key)} was called a duplicate ({receipt.sequence}) when first sent")
            if self._named.setdefault(receipt.sequence, key) != key:
                self._fault(f"sequence {receipt.sequence} was acknowledged for {name_of(self._named[receipt.sequence])} "
                            f"and for {name_of(key)}")
            self._unproven.append(receipt)

    def _compare_receipts(self, earlier, later):
        what = name_of((later.source, later.id))
        if not later.chosen:
            self._fault(f"the daemon gave the id of {what} twice: {earlier.sequence} and {later.sequence}")
        elif earlier.sequence != later.sequence:
            self._fault(f"event {what} was acknowledged as {earlier.sequence}, sent again as {later.sequence}")
        elif not later.duplicate:
            self._fault(f"event {what} ({later.sequence}) was sent again and not called a duplicate")

    def add_log(self, events):
        """The next events of the log, as it gives them."""
        for event in events:
            self._check_order(event)
            self._check_once(event)
            self.log.setdefault(event.sequence, event)
            self.head = max(self.head, event.sequence)

    def _check_order(self, event):
        if event.sequence <= self.head:
            self._fault(f"the log is out of order: {event.sequence} comes after {self.head}")
        elif event.sequence > self.head + 1:
            self._fault(f"the log has a gap: nothing from {self.head + 1} to {event.sequence - 1}")

    def _check_once(self, event):
        key = (event.source, event.id)
        other = self._sequence_of.setdefault(key, event.sequence)
        if other != event.sequence:
            self._fault(f"the log has {name_of(key)} twice: {other} and {event.sequence}")
        twin = self._origins.setdefault(event.origin, event.sequence)
        if twin not in (event.sequence, other):
            self._fault(f"the log has what {describe(event.origin)} sent once twice: {twin} and {event.sequence}")

    def add_view(self, name, events):
        """The next events that a reader has shown."""
        view = self.views[name]
        for event in events:
            if event.sequence <= view.position:
                self._fault(f"the {name} shows {event.sequence} after {view.position}: twice, or out of order")
            elif event.sequence > view.position + 1:
                self._fault(f"the {name} has a gap: nothing from {view.position + 1} to {event.sequence - 1}")
            view.position = max(view.position, event.sequence)
            view.pending.append(event)

    # --- what it means --------------------------------------------------------------------------------------------

    def judge(self):
        """Every receipt so far must be in the log; what readers showed must be what the log holds."""
        for receipt in self._unproven:
            self._prove(receipt)
        self._unproven = []
        for name, view in self.views.items():
            for event in view.pending:
                if event.sequence <= self.head and self.log.get(event.sequence) != event:
                    self._fault(f"the {name} shows {event} where the log has {self.log.get(event.sequence)}")
            view.pending = [event for event in view.pending if event.sequence > self.head]

    def _prove(self, receipt):
        event = self.log.get(receipt.sequence)
        key = (receipt.source, receipt.id)
        if event is None:
            self._fault(f"acknowledged, but missing: {receipt.sequence}, {name_of(key)}")
        elif (event.source, event.id) != key:
            self._fault(f"acknowledged as {receipt.sequence}: {name_of(key)}, but the log holds {event} there")
        elif (event.type, event.digest) != (receipt.type, receipt.digest):
            self._fault(f"event {receipt.sequence}, {name_of(key)}, is not what was sent: type or data differ")

    def finish(self):
        """At the end: readers have come as far as the log, and no message is there by half."""
        self.judge()
        for name, view in self.views.items():
            if view.position != self.head:
                self._fault(f"the {name} ends at {view.position}, the log at {self.head}")
        members = {}
        for origin in self._origins:
            message = (origin.emitter, origin.message, origin.of)
            members[message] = members.get(message, 0) + 1
        for (emitter, message, of), count in members.items():
            if count != of:
                self._fault(f"the log has {count} of the {of} events of message {message} of emitter {emitter}")

    def _fault(self, text):
        self.faults.append(text)


def name_of(key):
    source, event_id = key
    return f"{event_id} of {source}"


def describe(origin):
    return f"emitter {origin.emitter} (message {origin.message}, member {origin.member})"
