#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is sent comes back: every way to send events, receipts and duplicates, and the daemon's reports."""
import base64
import concurrent.futures
import contextlib
import json
import subprocess
import unittest

from refusals import BATCH, JSON, LINES, STRUCTURED
from tocsin_test import Daemon, emit_frames, receive_reply

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
DAEMONS_OWN = ("sequence", "recordedtime", "authtype", "authid")


class ApiTest(unittest.TestCase):
    config = ""

    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon(cls.config))

    def post(self, body, content_type=JSON, query="", headers=()):
        reply = self.daemon.http("POST", "/v1/events" + query, body, {"Content-Type": content_type, **dict(headers)})
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.headers["content-type"], "application/json")
        return reply.json()["receipts"]

    def text_of(self, receipt):
        """The stored event's JSON as it was sent back, byte for byte."""
        reply = self.daemon.http("GET", "/v1/events/" + receipt["sequence"])
        self.assertEqual((reply.status, reply.headers["content-type"]), (200, "application/cloudevents+json"))
        return reply.body.decode()

    def stored(self, body, *args, **kwargs):
        receipt, = self.post(body, *args, **kwargs)
        event = json.loads(self.text_of(receipt))
        self.assertEqual((event["id"], event["sequence"]), (receipt["id"], receipt["sequence"]))
        return event


class Modes(ApiTest):
    full = {"specversion": "1.0", "id": "full-1", "source": "//shop/till", "type": "order.created",
            "subject": "Grüße, 日本 🎉",
            "time": "2026-01-31T12:00:00.5+01:00", "dataschema": "https://example.org/s",
            "datacontenttype": "application/json",
            "data": {"n": [1, 2.5, None, True], "s": "x"}}

    def assert_whole(self, event, sent):
        self.assertEqual({name: value for name, value in event.items() if name not in DAEMONS_OWN}, sent)
        self.assertEqual((event["authtype"], event["authid"]), ("user", "root"))
        self.assertRegex(event["recordedtime"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
        self.assertRegex(event["sequence"], r"\A\d{16}\Z")

    def test_structured(self):
        for kind in (STRUCTURED, STRUCTURED + "; charset=utf-8", STRUCTURED.upper(), JSON):
            with self.subTest(kind):
                sent = {**self.full, "id": "structured " + kind}
                self.assert_whole(self.stored(json.dumps(sent), kind), sent)

    def test_batches(self):
        for kind in (BATCH, JSON, LINES):
            with self.subTest(kind):
                sent = [{**self.full, "id": f"{kind} {number}"} for number in range(10)]
                body = "\n\n".join(map(json.dumps, sent)) if kind == LINES else json.dumps(sent)
                receipts = self.post(body, kind)
                self.assertEqual([receipt["id"] for receipt in receipts], [event["id"] for event in sent])
                numbers = [int(receipt["sequence"]) for receipt in receipts]
                self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 10)))
                for receipt, event in zip(receipts, sent):
                    self.assert_whole(json.loads(self.text_of(receipt)), event)

    def test_intake(self):
        sent = {**self.full, "id": "intake"}
        dealer = self.daemon.dealer()
        emit_frames(dealer, sent, b"c")
        code, _, answer = receive_reply(dealer)
        self.assertEqual(code, "ok")
        self.assert_whole(json.loads(self.text_of(answer["receipts"][0])), sent)

    def test_binary_mode(self):
        event = self.stored('{"a": 1}', headers={"ce-specversion": "1.0", "ce-type": "order.created", "ce-id": "b1",
                                                 "ce-source": "/s",
                                                 "ce-time": "2026-01-31T12:00:00Z",
                                                 "ce-subject": "Gr%C3%BC%C3%9Fe%20%25%22",
                                                 "CE-Note": "100%"})
        self.assert_whole(event, {"specversion": "1.0", "id": "b1", "source": "/s", "type": "order.created",
                                  "note": "100%",
                                  "time": "2026-01-31T12:00:00Z", "subject": 'Grüße %"', "data": {"a": 1}})

    def test_percent_encoding_of_every_attribute(self):
        event = self.stored(b"", headers={"ce-type": "a%2Eb", "ce-id": "%31", "ce-source": "%2Fs",
                                          "ce-time": "2026-01-31T12%3A00%3A00Z"})
        self.assertEqual((event["type"], event["id"], event["source"], event["time"]),
                         ("a.b", "1", "/s", "2026-01-31T12:00:00Z"))

    def test_bodies_of_binary_mode(self):
        png = bytes(range(256))
        for kind, body, expected in (("text/plain", "Grüße\n\"x\"",
                                      {"datacontenttype": "text/plain", "data": "Grüße\n\"x\""}),
                                     ("text/csv; charset=utf-8", "a,b\r\n",
                                      {"datacontenttype": "text/csv; charset=utf-8", "data": "a,b\r\n"}),
                                     ("image/png", png, {"datacontenttype": "image/png",
                                                         "data_base64": base64.b64encode(png).decode()}),
                                     ("text/plain", b"\xff\0",
                                      {"datacontenttype": "text/plain", "data_base64": "/wA="}),
                                     ("application/geo+json", "[1]",
                                      {"datacontenttype": "application/geo+json", "data": [1]}),
                                     ("application/json", "7", {"data": 7}),
                                     ("application/json", " null ", {"data": None}),
                                     ("application/json", "true\n", {"data": True}), ("application/json", "", {})):
            with self.subTest(kind=kind, body=body):
                event = self.stored(body.encode() if isinstance(body, str) else body, kind,
                                    headers={"ce-type": "binary.body"})
                found = {name: event[name] for name in ("datacontenttype", "data", "data_base64") if name in event}
                self.assertEqual(found, expected)

    def test_defaults(self):
        host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
        event = self.stored('{"type":"bare"}')
        self.assertEqual(set(event), {"specversion", "id", "source", "type", "time", *DAEMONS_OWN})
        self.assertRegex(event["id"], r"\A[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
        self.assertEqual((event["source"], event["time"]), (f"//{host}/root", event["recordedtime"]))

    def test_default_type(self):
        self.assertEqual(self.stored("{}", query="?default_type=a.b")["type"], "a.b")
        self.assertEqual(self.stored('{"type":"own"}', query="?default_type=a.b")["type"], "own")
        receipts = self.post('{"data":1}\n{"type":"own"}\n', LINES, query="?default_type=a%2Eb")
        self.assertEqual([json.loads(self.text_of(receipt))["type"] for receipt in receipts], ["a.b", "own"])
        self.assertEqual(self.stored("1", query="?default_type=a.b", headers={"ce-source": "/s"})["type"], "a.b")

    def test_what_the_daemon_sets_is_replaced(self):
        sent = {"type": "forged", "sequence": "7", "recordedtime": "1999-01-01T00:00:00Z", "authtype": "system",
                "authid": "mallory"}
        for event in (self.stored(json.dumps(sent)), self.stored(b"",
                                                                 headers={"ce-" + name: value for name,
                                                                          value in sent.items()})):
            self.assertNotEqual(event["sequence"], f"{7:016}")
            self.assertEqual((event["authtype"], event["authid"]), ("user", "root"))
            self.assertGreater(event["recordedtime"], "2020")
            self.assertEqual(len([name for name in event if name in DAEMONS_OWN]), 4)


class Values(ApiTest):
    def assert_kept(self, data):
        receipt, = self.post(('{"type":"kept","data":' + data + "}").encode())
        self.assertTrue(self.text_of(receipt).endswith(',"data":' + data + "}"), self.text_of(receipt)[-300:])

    def test_data_stays_as_sent(self):
        for data in ("123456789012345678901234567890", "-0", "-0.0", "1E5", "1e-7",
                     "0.1000000000000000055511151231257827", "1.0", "18446744073709551616",
                     "3.14159265358979323846264338327950288419716939937510", '{"z":1,"a":2,"m":{"b":1,"a":2}}',
                     r'"\u00e9\/\b\u0000"',
                     r'"\ud83c\udf89"', '"é🎉"', r'{"\u0061":1}', "[]", "{}", '""', "null", "true", '{"":1}', "1e308",
                     "5e-324",
                     "[" * 255 + "]" * 255, '"' + "x" * 1_000_000 + '"'):
            with self.subTest(data[:60]):
                self.assert_kept(data)

    def test_only_white_space_between_tokens_goes(self):
        receipt, = self.post('{"type":"kept","data": { "a" : [ 1 , " x  y " ] ,\r\n\t"b\\n" :\ttrue } }')
        self.assertIn('"data":{"a":[1," x  y "],"b\\n":true}', self.text_of(receipt))

    def test_kinds_of_extensions_stay(self):
        event = self.stored('{"type":"a","text":"7","yes":true,"no":false,"int":-2147483648,"max":2147483647,"zero":0,"unset":null}')
        self.assertEqual([event[name] for name in ("text", "yes", "no", "int", "max", "zero")],
                         ["7", True, False, -(2**31), 2**31 - 1, 0])
        self.assertIs(event["yes"], True)
        self.assertNotIn("unset", event)

    def test_binary_data_comes_back(self):
        for data in (b"", b"\0", b"ab", b"abc", bytes(range(256)) * 100):
            with self.subTest(len(data)):
                text = base64.b64encode(data).decode()
                self.assertEqual(self.stored(json.dumps({"type": "a", "data_base64": text})).get("data_base64"), text)

    def test_trace_context_is_passed_on(self):
        headers = {"traceparent": TRACE, "tracestate": "vendor=1"}
        event = self.stored('{"type":"a"}', headers=headers)
        self.assertEqual((event["traceparent"], event["tracestate"]), (TRACE, "vendor=1"))
        own = TRACE.replace("4bf9", "5bf9")
        event = self.stored(json.dumps({"type": "a", "traceparent": own}), headers=headers)
        self.assertEqual(event["traceparent"], own)
        self.assertNotIn("tracestate", event)
        self.assertEqual(self.stored(b"", headers={"ce-type": "a", **headers})["traceparent"], TRACE)
        for bad in ("nonsense", TRACE.replace(TRACE.split("-")[1], "0" * 32)):
            self.assertNotIn("traceparent", self.stored('{"type":"a"}', headers={"traceparent": bad}))
        out = self.daemon.cli("emit", "a", "--json", env={"TRACEPARENT": TRACE}).json_lines()[0]
        self.assertEqual(json.loads(self.text_of(out))["traceparent"], TRACE)


class Duplicates(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())

    def test_the_same_event_twice(self):
        draft = {"type": "order", "id": "7", "source": "shop", "data": {"a": 1}}
        first, = self.daemon.emit(draft)
        again = {**draft, "subject": "attributes do not count", "time": "2026-01-31T12:00:00Z"}
        self.assertEqual(self.daemon.emit(again), [{**first, "duplicate": True}])
        dealer = self.daemon.dealer()
        emit_frames(dealer, draft)
        self.assertEqual(receive_reply(dealer)[2]["receipts"], [{**first, "duplicate": True}])
        self.daemon.restart()
        self.assertEqual(self.daemon.emit(draft), [{**first, "duplicate": True}])
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.emit(draft), [{**first, "duplicate": True}])
        self.assertEqual(self.daemon.status()["events"], 1)

    def test_twice_in_one_batch(self):
        draft = {"type": "order", "id": "7", "data": 1}
        first, middle, second = self.daemon.emit(draft, {"type": "x"}, draft)
        self.assertEqual((first["duplicate"], middle["duplicate"], second["duplicate"]), (False, False, True))
        self.assertEqual(first["sequence"], second["sequence"])

    def test_a_thousand_times_at_once_through_both_doors(self):
        draft = {"type": "order", "id": "7", "data": 1}

        def by_http(_):
            return self.daemon.emit(draft)[0]

        def by_intake(_):
            with contextlib.closing(self.daemon.dealer()) as dealer:
                for _ in range(50):
                    emit_frames(dealer, draft)
                replies = [receive_reply(dealer) for _ in range(50)]
            self.assertEqual({code for code, *_ in replies}, {"ok"})
            return [answer["receipts"][0] for _, _, answer in replies]

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            over_http, over_intake = pool.map(by_http, range(500)), pool.map(by_intake, range(10))
            receipts = [*over_http, *(receipt for many in over_intake for receipt in many)]
        self.assertEqual(len(receipts), 1000)
        self.assertEqual(sum(receipt["duplicate"] for receipt in receipts), 999)
        self.assertEqual({receipt["sequence"] for receipt in receipts}, {f"{1:016}"})
        self.assertEqual(self.daemon.status()["events"], 1)

    def test_another_source_is_another_key(self):
        receipts = self.daemon.emit(*[{"type": "order", "id": "7", "source": source} for source in ("a", "b", "A")])
        self.assertEqual(len({receipt["sequence"] for receipt in receipts}), 3)

    def test_uuids_are_ids_as_any_other(self):
        lower = "0190c8f0-7e1f-7cc3-98c4-dc0c0c07398f"
        for identity in (lower, lower.upper()):
            receipt, = self.daemon.emit({"type": "order", "id": identity})
            self.assertEqual((receipt["id"], receipt["duplicate"]), (identity, False))
            self.assertEqual(self.daemon.emit({"type": "order", "id": identity})[0]["duplicate"], True)
            self.assertEqual([event["id"] for event in self.daemon.events("id=" + identity)], [identity])

    def test_beyond_the_window_it_is_stored_anew(self):
        self.daemon.config = '[store]\ndedupe_window = "0ms"\n'
        self.daemon.restart()
        receipts = [self.daemon.emit({"type": "order", "id": "7"})[0] for _ in range(2)]
        self.assertEqual([receipt["duplicate"] for receipt in receipts], [False, False])

    def test_a_kept_log_of_duplicates_over_blocks(self):
        drafts = [{"type": "order", "id": str(number)} for number in range(9000)]
        first = [receipt for start in range(0, 9000,
                                            3000) for receipt in self.daemon.emit(*drafts[start:start + 3000])]
        self.daemon.restart()
        for start in range(0, 9000, 3000):
            again = self.daemon.emit(*drafts[start:start + 3000])
            self.assertEqual(again, [{**receipt, "duplicate": True} for receipt in first[start:start + 3000]])


class Reports(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())

    def test_types(self):
        self.daemon.emit(*[{"type": name} for name in ("b", "a", "b", "c.d", "b")])
        for _ in range(2):
            types = {entry["type"]: entry for entry in self.daemon.http("GET", "/v1/types").json()["types"]}
            self.assertEqual(types, {name: {"type": name, "count": count, "first": f"{first:016}",
                                            "last": f"{last:016}"}
                                     for name, count, first,
                                     last in (("a", 1, 2, 2), ("b", 3, 1, 5), ("c.d", 1, 4, 4))})
            self.daemon.restart()

    def test_status(self):
        self.assertEqual(self.daemon.status()["head"], f"{0:016}")
        self.daemon.emit({"type": "a"}, {"type": "a"})
        status = self.daemon.status()
        self.assertEqual((status["state"], status["pid"], status["first"], status["head"], status["events"]),
                         ("ready", self.daemon.pid, f"{1:016}", f"{2:016}", 2))
        self.assertEqual({listener["name"]: listener["address"] for listener in status["listeners"]},
                         {"api": "unix:" + self.daemon.socket, "intake": "ipc://" + self.daemon.intake,
                          "feed": "ipc://" + self.daemon.feed})
        self.assertRegex(status["epoch"], r"\A[0-9a-f]{16}\Z")
        self.assertGreater(status["store"]["database_bytes"] + status["store"]["wal_bytes"], 0)
        self.assertEqual(status["store"]["missing"], [])

    def test_health(self):
        for path in ("/healthz", "/readyz"):
            reply = self.daemon.http("GET", path)
            self.assertEqual((reply.status, reply.json()), (200, {"status": "ok"}))

    def metrics(self):
        reply = self.daemon.http("GET", "/metrics")
        self.assertTrue(reply.headers["content-type"].startswith("text/plain"))
        return reply.body.decode()

    def test_metrics_pass_promtool(self):
        self.daemon.emit({"type": "a"}, {"type": "b"})
        self.daemon.http("GET", "/nowhere")
        self.daemon.http("POST", "/v1/events", "{", {"Content-Type": JSON})
        with self.daemon.subscriber():
            checked = subprocess.run(["promtool", "check", "metrics"], input=self.metrics(), capture_output=True,
                                     text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_metrics_as_json_are_the_same(self):
        self.daemon.emit({"type": "a"})
        families = self.daemon.http("GET", "/metrics", headers={"Accept": "application/json"}).json()
        families = families["metrics"] if isinstance(families, dict) else families
        named = {line.split()[2] for line in self.metrics().splitlines() if line.startswith("# TYPE")}
        self.assertEqual({family["name"] for family in families}, named)

    def test_labels_of_types_are_bounded(self):
        self.daemon.emit(*[{"type": f"many.{number}"} for number in range(300)])
        lines = [line for line in self.metrics().splitlines() if line.startswith("tocsin_events_total{")]
        self.assertLessEqual(len(lines), 201)
        self.assertEqual(sum(float(line.split()[-1]) for line in lines), 300)

    def test_labels_of_routes_are_bounded(self):
        for number in range(50):
            self.daemon.http("GET", f"/unknown/{number}")
            self.daemon.http("GET", f"/v1/events/{number}")
            self.daemon.http(f"METHOD{number}", "/healthz")
        self.assertLessEqual(self.metrics().count("\ntocsin_http_requests_total{"), 12)

    def test_hard_types_stay_readable_metrics(self):
        self.daemon.emit({"type": 'a"b\\c{d}=e,f'})
        self.assertIn('tocsin_events_total{type="a\\"b\\\\c{d}=e,f"} 1', self.metrics())


if __name__ == "__main__":
    unittest.main()
