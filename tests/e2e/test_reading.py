#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reading the log: pages in both orders, and streams from any place on that go live without gap or duplicate."""
import json
import threading
import time
import unittest
from urllib.parse import quote, urlencode

from tocsin_test import Daemon


def numbers(events):
    return [int(event["sequence"]) for event in events]


def sse_events(text):
    """(id, event) of each message of an SSE stream; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            found.append((fields["id"], json.loads(fields["data"])))
    return found


class ReadingTest(unittest.TestCase):
    """A log of 250 events: types a.x, a.y.z and b in turn, sources s0 and s1 in turn."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        types = ("a.x", "a.y.z", "b")
        for start in range(0, 250, 50):
            cls.daemon.emit(*[{"type": types[n % 3], "source": f"s{n % 2}", "id": f"id-{n}"} for n in range(start,
                                                                                                            start + 50)])
            time.sleep(0.002)  # so that the five batches have times of their own
        cls.log = cls.daemon.events()

    def page(self, **query):
        reply = self.daemon.http("GET", "/v1/events?" + urlencode(query, doseq=True))
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()["events"], reply.json()["scanned_to"]

    def stream(self, headers=None, **query):
        """A stream that ends by itself, as text."""
        reply = self.daemon.http("GET", "/v1/events/stream?" + urlencode(query, doseq=True), headers=headers)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body.decode()

    def lines(self, **query):
        return [json.loads(line) for line in self.stream(**query).splitlines() if line]


class Pages(ReadingTest):
    def test_ascending_to_the_end(self):
        found, after = [], "0"
        while True:
            events, scanned = self.page(after=after, limit=7)
            self.assertLessEqual(len(events), 7)
            found += events
            self.assertGreaterEqual(int(scanned), int(after))
            if not events:
                break
            after = scanned
        self.assertEqual(numbers(found), list(range(1, 251)))
        self.assertEqual(int(after), 250)

    def test_descending_to_the_end(self):
        found, until = [], None
        for _ in range(10):
            events, scanned = self.page(order="desc", limit=70, **({"until": until} if until else {}))
            found += events
            if not events:
                break
            until = scanned
        self.assertEqual(numbers(found), list(range(250, 0, -1)))

    def test_nothing_stands_before_sequence_0(self):
        for order in ("asc", "desc"):
            self.assertEqual(self.page(until=0, order=order)[0], [])
            self.assertEqual(self.page(until=1, order=order)[0], [])

    def test_a_rare_type_is_paged_to_the_end(self):
        self.assertEqual(numbers(self.page(type="b", limit=1)[0]), [3])
        events, scanned = self.page(type="none.such")
        self.assertEqual((events, int(scanned)), ([], 250))

    def test_100_unless_told(self):
        self.assertEqual(numbers(self.page()[0]), list(range(1, 101)))
        self.assertEqual(numbers(self.page(order="desc")[0]), list(range(250, 150, -1)))

    def test_bounds_by_sequence(self):
        self.assertEqual(numbers(self.page(since=10, until=13)[0]), [10, 11, 12])
        self.assertEqual(numbers(self.page(after=10, until=13)[0]), [11, 12])
        self.assertEqual(numbers(self.page(since="0000000000000249")[0]), [249, 250])
        self.assertEqual(numbers(self.page(since="beginning", limit=1)[0]), [1])
        self.assertEqual(self.page(since=13, until=10)[0], [])
        self.assertEqual(self.page(after=9999999999999999)[0], [])
        self.assertEqual(self.page(since=9999999999999999)[0], [])

    def test_bounds_by_time(self):
        for index in (50, 100, 200):
            time_of = self.log[index]["recordedtime"]
            self.assertEqual(numbers(self.page(since=time_of, limit=1000)[0]), list(range(index + 1, 251)))
            self.assertEqual(numbers(self.page(until=time_of, limit=1000)[0]), list(range(1, index + 1)))
        self.assertEqual(len(self.page(since="2000-01-01T00:00:00Z", limit=1000)[0]), 250)
        self.assertEqual(self.page(since="2999-01-01T00:00:00+02:00")[0], [])
        self.assertEqual(self.page(until="2000-01-01T00:00:00Z")[0], [])

    def test_patterns(self):
        for patterns, of_three in ((["a.x"], {1}), (["a.*"], {1}), (["a.>"], {1, 2}), (["b", "a.x"], {1, 3}),
                                   (["*"], {3}), ([">"], {1, 2, 3}),
                                   (["a.y.*", "a.y.z"], {2}), (["a"], set())):
            with self.subTest(patterns):
                expected = [n for n in range(1, 251) if (n - 1) % 3 + 1 in of_three]
                self.assertEqual(numbers(self.page(type=patterns, limit=1000)[0]), expected)

    def test_source(self):
        self.assertEqual(numbers(self.page(source="s1", type="b", limit=1000)[0]),
                         [n for n in range(1, 251) if n % 6 == 0])

    def test_id(self):
        self.assertEqual(numbers(self.page(id="id-7")[0]), [8])
        self.assertEqual(self.page(id="none")[0], [])

    def test_id_with_other_filters(self):
        with Daemon() as daemon:
            daemon.emit(*[{"type": kind, "id": "same", "source": source} for kind,
                          source in (("a", "s0"), ("b", "s1"), ("a", "s2"))])
            for query, expected in (("", [1, 2, 3]), ("&source=s1", [2]), ("&source=s1&limit=1", [2]),
                                    ("&source=s2&limit=1", [3]), ("&type=b", [2]),
                                    ("&after=1", [2, 3]), ("&until=2", [1]), ("&since=3", [3]),
                                    ("&order=desc", [3, 2, 1]), ("&limit=2", [1, 2])):
                with self.subTest(query):
                    self.assertEqual(numbers(daemon.events("id=same" + query)), expected)


class EndingStreams(ReadingTest):
    def test_it_ends_at_the_head(self):
        self.assertEqual(numbers(self.lines(since="beginning", follow="false")), list(range(1, 251)))
        self.assertEqual(self.lines(follow="false"), [])

    def test_bounds(self):
        self.assertEqual(numbers(self.lines(after=10, until=13)), [11, 12])
        self.assertEqual(numbers(self.lines(since=249, follow="false")), [249, 250])
        self.assertEqual(numbers(self.lines(after=100, limit=3)), [101, 102, 103])
        self.assertEqual(numbers(self.lines(since=self.log[200]["recordedtime"], follow="false")),
                         list(range(201, 251)))

    def test_last(self):
        self.assertEqual(numbers(self.lines(last=3, follow="false")), [248, 249, 250])
        self.assertEqual(numbers(self.lines(last=2, type="b", follow="false")), [246, 249])
        self.assertEqual(numbers(self.lines(last=1000, follow="false")), list(range(1, 251)))
        self.assertEqual(self.lines(last=0, follow="false"), [])
        self.assertEqual(numbers(self.lines(last=2, until=100, follow="false")), [98, 99])

    def test_filters(self):
        self.assertEqual(numbers(self.lines(since=1, type=["b", "a.x"], source="s0", follow="false")),
                         [n for n in range(1, 251) if n % 2 == 1 and n % 3 != 2])

    def test_sse(self):
        found = sse_events(self.stream({"Accept": "text/event-stream"}, since=1, follow="false"))
        self.assertEqual([identity for identity, _ in found], [f"{n:016}" for n in range(1, 251)])
        self.assertEqual([event for _, event in found], self.log)

    def test_last_event_id_resumes_behind(self):
        for seen in ("240", f"{240:016}"):
            found = sse_events(self.stream({"Accept": "text/event-stream", "Last-Event-ID": seen}, follow="false"))
            self.assertEqual([int(identity) for identity, _ in found], list(range(241, 251)))

    def test_last_event_id_wins_over_where_the_stream_once_began(self):
        headers = {"Accept": "text/event-stream", "Last-Event-ID": "240"}
        for query in ({"since": "beginning"}, {"after": 3}, {"last": 100}, {"last": 2}):
            with self.subTest(query):
                found = sse_events(self.stream(headers, follow="false", **query))
                self.assertEqual([int(identity) for identity, _ in found], list(range(241, 251)))


class LiveStreams(unittest.TestCase):
    writers, each = 8, 150

    def setUp(self):
        self.daemon = self.enterContext(Daemon())

    def write(self, writer):
        connection = self.daemon.connect()
        for number in range(self.each):
            body = json.dumps({"type": f"w.{writer}", "id": f"{writer}-{number}"})
            connection.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
            assert connection.getresponse().read()

    def collect(self, query, count, headers, found):
        connection = self.daemon.connect()
        connection.request("GET", "/v1/events/stream?" + query, headers=headers)
        reply = connection.getresponse()
        while len(found) < count:
            line = reply.readline().decode().strip()
            if headers and line.startswith("id: "):
                found.append(int(line[4:]))
            elif not headers and line:
                found.append(int(json.loads(line)["sequence"]))

    def test_goes_on_at_once_after_its_reader_was_slow(self):
        """Events came while a write was held up. A sign of life in between would mean that their hint was lost."""
        connection = self.daemon.connect()
        connection.request("GET", "/v1/events/stream?since=beginning")
        reply = connection.getresponse()
        for number in range(80):  # more than the socket holds
            self.daemon.emit({"type": "large", "data": {"number": number, "text": "x" * 20_000}})
        self.assertEqual([json.loads(reply.readline())["data"]["number"] for _ in range(80)], list(range(80)))

    def test_from_the_beginning_then_live_while_8_write(self):
        self.daemon.emit(*[{"type": "old"}] * 100)
        total = 100 + self.writers * self.each
        results = [[] for _ in range(4)]
        readers = [threading.Thread(target=self.collect, args=(query, total, headers, found)) for query, headers,
                   found in (
            ("since=beginning", {}, results[0]), ("since=beginning", {"Accept": "text/event-stream"}, results[1]),
            ("after=0&type=%3E", {}, results[2]), (f"last={100}&limit={total}", {}, results[3]))]
        writers = [threading.Thread(target=self.write, args=(writer,)) for writer in range(self.writers)]
        readers[3].start()
        readers[0].start()
        for thread in writers:
            thread.start()
        readers[1].start()
        readers[2].start()
        for thread in writers + readers[:3]:
            thread.join(60)
        for found in results[:3]:
            self.assertEqual(found, list(range(1, total + 1)))

    def test_only_new_events_unless_told(self):
        self.daemon.emit({"type": "old"})
        connection = self.daemon.connect()
        connection.request("GET", "/v1/events/stream?limit=2")
        reply = connection.getresponse()
        self.daemon.emit({"type": "new"}, {"type": "newer"}, {"type": "newest"})
        self.assertEqual(numbers(map(json.loads, reply.read().splitlines())), [2, 3])

    def test_until_ends_a_live_stream(self):
        connection = self.daemon.connect()
        connection.request("GET", "/v1/events/stream?since=1&until=3")
        reply = connection.getresponse()
        self.daemon.emit(*[{"type": "a"}] * 5)
        self.assertEqual(numbers(map(json.loads, reply.read().splitlines())), [1, 2])

    def test_a_filtered_stream_ends_at_until_too(self):
        connection = self.daemon.connect()
        connection.request("GET", "/v1/events/stream?since=1&until=3&type=never")
        reply = connection.getresponse()
        self.daemon.emit(*[{"type": "a"}] * 5)
        self.assertEqual(reply.read(), b"")

    def test_a_half_closed_reader_still_gets_events(self):
        sock = self.enterContext(self.daemon.raw_socket())
        sock.sendall(b"GET /v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.shutdown(1)
        self.assertIn(b"200 OK", sock.recv(65536))
        self.daemon.emit({"type": "live"})
        self.assertIn(b'"live"', sock.recv(65536))

    def test_a_reader_that_goes_away_is_forgotten(self):
        for how in ("at once", "half-closed first"):
            with self.subTest(how):
                with self.daemon.raw_socket() as sock:
                    sock.sendall(b"GET /v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertIn(b"200 OK", sock.recv(65536))
                    if how != "at once":
                        sock.shutdown(1)
                        self.assertGreater(self.daemon.status()["connections"], 1)
                deadline = time.monotonic() + 5
                while self.daemon.status()["connections"] > 1 and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.assertEqual(self.daemon.status()["connections"], 1)

    def test_odd_filter_values_are_harmless(self):
        self.daemon.emit({"type": "a", "source": "a b&c=%41/ü"})
        self.assertEqual(len(self.daemon.events("source=" + quote("a b&c=%41/ü", safe=""))), 1)


if __name__ == "__main__":
    unittest.main()
