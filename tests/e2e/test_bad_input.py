#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Events that can't be stored: each is refused with a message that names the place, and nothing is stored."""
import base64
import contextlib
import json
import re
import unittest

from refusals import BATCH, JSON, LINES, STRUCTURED, RefusalTest
from tocsin_test import Daemon, emit_frames, receive_reply

# The member that holds the mistake, or where in the text it stands.
PLACE = re.compile(r"'(data|type|subject|note)'|(byte|character|column|offset|position) \d+")


def draft(**members):
    return json.dumps({"type": "bad.input", **members}).encode()


def with_data(text):
    return b'{"type":"bad.input","data":' + text + b"}"


class BrokenJson(RefusalTest):
    def test_broken_json_is_refused(self):
        for text in (b'{"type":"a"', b'{"type":"a"}}', b'{"type":"a",}', b'{"type" "a"}', b"{type:1}", b'{"type":"a}',
                     b"{",
                     b"]", b'{"type":"a"} x', with_data(b"tru"), with_data(b"01"), with_data(b"1."), with_data(b"+1"),
                     with_data(b"[1,]"), with_data(b"'x'"), with_data(b'"\\x"'), with_data(b'"\\ud800"'),
                     with_data(b"NaN")):
            with self.subTest(text):
                self.assert_invalid(text)

    def test_a_misspelt_null_is_refused(self):
        for text in (with_data(b"nul"), with_data(b"[nul]"), with_data(b"nullx"), b'{"type":nul}',
                     b'{"type":"a","note":nul}',
                     b'{"type":"a","sequence":[nul]}', b"[nul]", b"nul"):
            with self.subTest(text):
                self.assert_invalid(text, line=1 if text == b"[nul]" else None)

    def test_a_misspelt_null_is_refused_on_the_intake(self):
        self.assert_intake_refuses(with_data(b"nul"), "invalid", line=1)

    def test_a_misspelt_null_keeps_nobody_else_waiting(self):
        with contextlib.closing(self.daemon.dealer()) as dealer:
            for number, body in enumerate([draft()] * 20 + [with_data(b"nul")]):
                emit_frames(dealer, body, str(number).encode())
            replies = [receive_reply(dealer)[:2] for _ in range(21)]
        expected = [("ok", str(number).encode()) for number in range(20)] + [("invalid", b"20")]
        self.assertEqual(sorted(replies), sorted(expected), "refusals may overtake what waits for its commit")
        self.head = self.daemon.status()["head"]

    def test_each_mistake_names_its_place(self):
        for text in (with_data(b"tru"), with_data(b"[1,]"), b'{"type":"a"', b'{"type" "a"}', with_data(b'"a\0b"'),
                     with_data(b'"\xff"'), b'{"type":"a","subject":"\xff"}', with_data(b"[" * 300 + b"]" * 300),
                     with_data(b"1e999"), with_data(b"[1,2,1e400]"), b'{"type":"a","note":1e999}'):
            with self.subTest(text[:60]):
                self.assert_invalid(text, PLACE)

    def test_a_broken_body_of_binary_mode_is_refused(self):
        for text in (b"{", b"1 2", b"nul", b'{"a":1,"a":2}', b"1e999"):
            with self.subTest(text):
                self.assert_invalid(text, ce_type="bad.input")

    def test_an_empty_body_is_refused(self):
        for kind in (JSON, STRUCTURED, BATCH, LINES):
            for body in (b"", b" \r\n\t", b"\n\n"):
                with self.subTest(kind=kind, body=body):
                    self.assert_invalid(body, content_type=kind)
        self.assert_invalid(b"[]", "no event", content_type=BATCH)

    def test_something_else_than_an_object_is_refused(self):
        for text in (b"1", b'"a"', b"null", b"true"):
            for kind in (JSON, STRUCTURED):
                with self.subTest(text=text, kind=kind):
                    self.assert_invalid(text, "object", content_type=kind)
        self.assert_invalid(b'[{"type":"a"}]', "object", content_type=STRUCTURED)

    def test_a_nul_byte_is_refused(self):
        self.assert_invalid(with_data(b'"a\0b"'), "control character")
        self.assert_invalid(b'{"type":"a\0b"}', "control character")
        self.assert_invalid(b'{"type":"a"}\0')
        self.assert_invalid(b'\0{"type":"a"}')
        self.assert_invalid(b'{"type":"a\\u0000b"}', "type")
        self.assert_invalid(b'{"type":"a","subject":"a\\u0000b"}', "'subject'")
        self.assert_invalid(b'{"type":"a","id":"a\\u0000b"}', "'id'")
        self.assert_invalid(b'{"type":"a","source":"a\\u0000b"}', "'source'")

    def test_invalid_utf8_is_refused(self):
        for bad in (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
            with self.subTest(bad):
                self.assert_invalid(with_data(b'"' + bad + b'"'), "UTF-8")
                self.assert_invalid(b'{"type":"a","subject":"' + bad + b'"}', "UTF-8")

    def test_deep_json_is_refused(self):
        for opening, inner, closing in ((b"[", b"", b"]"), (b'{"a":', b"1", b"}")):
            with self.subTest(opening):
                deep = opening * 10_000 + inner + closing * 10_000
                self.assert_invalid(with_data(deep), "256")
                self.assert_invalid(deep, ce_type="bad.input")
                self.assert_invalid(opening * 10_000)
        self.assert_invalid(b'{"type":"a","note":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "'note'")

    def test_numbers_that_no_double_holds_are_refused(self):
        for number in (b"1e999", b"-1e999", b"[1,2,1e400]", b"9" * 400):
            with self.subTest(number):
                self.assert_invalid(with_data(number), "double")


class DuplicateKeys(RefusalTest):
    def test_at_the_top(self):
        self.assert_invalid(b'{"type":"a","type":"a"}', "'type'", "twice")
        self.assert_invalid(b'{"type":"a","data":1,"data":1}', "'data'", "twice")
        self.assert_invalid(b'{"type":"a","note":"x","note":"y"}', "'note'", "twice")
        self.assert_invalid(b'{"type":"a","sequence":"1","sequence":"2"}', "'sequence'", "twice")

    def test_nested(self):
        for text in (b'{"k":1,"k":2}', b'[{"k":1,"k":2}]', b'{"a":{"b":[0,{"k":1,"k":1}]}}'):
            with self.subTest(text):
                self.assert_invalid(with_data(text), "'k'", "twice")

    def test_in_another_spelling(self):
        self.assert_invalid(b'{"type":"a","\\u0074ype":"b"}', "'type'", "twice")
        self.assert_invalid(with_data(b'{"key":1,"k\\u0065y":2}'), "'key'", "twice")

    def test_in_a_large_object(self):
        members = ",".join(f'"k{i}":{i}' for i in range(100))
        for again in ("k0", "k15", "k16", "k17", "k99"):
            with self.subTest(again):
                self.assert_invalid(with_data(f'{{{members},"{again}":1}}'.encode()), f"'{again}'", "twice")

    def test_in_headers_of_binary_mode(self):
        head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nce-type: a\r\n"
        for name in (b"ce-type", b"ce-id", b"ce-source", b"ce-time", b"ce-note"):
            with self.subTest(name):
                value = b"2026-01-01T00:00:00Z" if name == b"ce-time" else b"x"
                twice = (name + b": " + value + b"\r\n") * 2
                self.assert_http_fault(self.half_closed(head + twice + b"\r\n"), 400, name.decode(), "twice")


class Attributes(RefusalTest):
    def test_wrong_names_are_named(self):
        for name in ("Subject", "my_key", "my-key", "a.b", "ä", "", "x" * 65):
            with self.subTest(name):
                self.assert_invalid(draft(**{name: "x"}), "name", name[:64])

    def test_wrong_names_of_binary_mode_are_named(self):
        self.assert_invalid(b"", "my-key", ce_type="a", ce_my_key="x")

    def test_data_is_no_attribute_of_binary_mode(self):
        self.assert_invalid(b"1", "data", ce_type="a", ce_data="x")
        self.assert_invalid(b"", "data", ce_type="a", ce_data="x")

    def test_datacontenttype_is_no_header_of_its_own_in_binary_mode(self):
        self.assert_invalid(b"hello", "datacontenttype", content_type="text/plain", ce_type="a",
                            ce_datacontenttype="x/y")

    def test_values_of_other_kinds_are_named(self):
        for value in ([1], {"a": 1}, 1.5, 2**31, -(2**31) - 1, 10**30):
            with self.subTest(value):
                self.assert_invalid(draft(note=value), "'note'")
        self.assert_invalid(draft(note=""), "'note'")
        self.assert_invalid(draft(note="a\nb"), "'note'")

    def test_texts_of_other_kinds_are_named(self):
        for name in ("type", "id", "source", "time", "specversion", "data_base64"):
            with self.subTest(name):
                self.assert_invalid(draft(**{name: 7}), f"'{name}'")

    def test_limits_are_named(self):
        self.assert_invalid(draft(id="x" * 257), "'id'", "256")
        self.assert_invalid(draft(id=""), "'id'")
        self.assert_invalid(draft(source="x" * 1025), "'source'", "1024")
        self.assert_invalid(draft(type="x" * 201), "type", "201")

    def test_types_with_a_wrong_form_are_named(self):
        for name in ("", ".a", "a.", "a..b", "a b", "a*", "a.>", "ä", "a\tb"):
            with self.subTest(name):
                self.assert_invalid(draft(type=name), "type")
        self.assert_invalid(b'{"data":1}', "'type'")

    def test_a_bad_default_type_is_named(self):
        self.assert_invalid(b"{}", "type 'a..b'", query="?default_type=a..b")

    def test_another_specversion_is_named(self):
        self.assert_invalid(draft(specversion="0.3"), "specversion", "0.3")
        self.assert_invalid(b"", "ce-specversion", "0.3", ce_type="a", ce_specversion="0.3")

    def test_both_kinds_of_data_are_refused(self):
        self.assert_invalid(draft(data=1, data_base64="YQ=="), "'data'", "'data_base64'")
        self.assert_invalid(draft(data=None, data_base64="YQ=="), "'data'", "'data_base64'")

    def test_bad_base64_is_named(self):
        for text in ("a", "YQ", "YQ=", "YQ===", "Y=Q=", "YQ==YQ==", "Y Q=", "YQ_-", "=", "===="):
            with self.subTest(text):
                self.assert_invalid(draft(data_base64=text), "'data_base64'")

    def test_a_bad_time_is_named(self):
        for time in ("yesterday", "", "2026-01-31", "2026-02-30T12:00:00Z", "2026-01-31T25:00:00Z",
                     "2026-01-31T12:00:00",
                     "1767225600", "2026-01-31T12:00:00Zx"):
            with self.subTest(time):
                self.assert_invalid(draft(time=time), "time", time)
                if time:
                    self.assert_invalid(b"", "ce-time", time, ce_type="a", ce_time=time)


class Sizes(RefusalTest):
    def test_an_event_of_2_mib_is_too_large(self):
        big = draft(data="x" * (2 << 20))
        for kind in (JSON, STRUCTURED):
            self.assert_problem(self.post(big, kind), 413, "too_large", "1048576")
        self.assert_intake_refuses(big, "too_large", "1048576", line=1)
        binary = {"type": "a", "data_base64": base64.b64encode(bytes(2 << 20)).decode()}
        self.assert_problem(self.post(json.dumps(binary)), 413, "too_large", "1048576")
        self.assert_problem(self.post(bytes(2 << 20), "text/plain", ce_type="a"), 413, "too_large", "1048576")
        ran = self.daemon.cli("emit", "a", "--data-file", "-", input=json.dumps("x" * (2 << 20)))
        self.assertEqual(ran.status, 65, ran)
        self.assertIn("1048576", ran.err)

    def test_one_large_event_spoils_its_batch(self):
        lines = b"\n".join([draft(), draft(data="x" * (2 << 20)), draft()])
        self.assert_problem(self.post(lines, LINES), 413, "too_large", "1048576", line=2)
        self.assert_intake_refuses(lines, "too_large", "1048576", line=2)


class Batches(RefusalTest):
    """A good member before and behind each bad one: none may be stored, and the bad one's line is named."""

    bad_members = ((b'{"type":"a",}', "invalid", 400, ""), (b'{"type":"a..b"}', "invalid", 400, "type 'a..b'"),
                   (b'{"data":1}', "invalid", 400, "'type'"), (b'{"type":"a","k":1,"k":2}', "invalid", 400, "'k'"),
                   (b"7", "invalid", 400, "object"), (with_data(b"1e999"), "invalid", 400, "number"),
                   (with_data(b"tru"), "invalid", 400, "JSON"), (b'{"type":"tocsin.x"}', "denied", 403, "tocsin.x"),
                   (b'{"type":"a","id":""}', "invalid", 400, "'id'"))

    def each(self):
        for bad, code, status, part in self.bad_members:
            for place in (1, 2, 3):
                members = [draft(), draft(), draft()]
                members[place - 1] = bad
                yield members, code, status, part, place

    def test_lines(self):
        for members, code, status, part, place in self.each():
            with self.subTest(members):
                self.assert_problem(self.post(b"\n".join(members), LINES), status, code, part, line=place)

    def test_lines_of_the_intake(self):
        for members, code, _, part, place in self.each():
            with self.subTest(members):
                self.assert_intake_refuses(b"\n".join(members), code, part, line=place)

    def test_members_of_an_array(self):
        for members, code, status, part, place in self.each():
            for kind in (JSON, BATCH):
                with self.subTest(members, kind=kind):
                    body = b"[" + b",".join(members) + b"]"
                    self.assert_problem(self.post(body, kind), status, code, part, line=place)

    def test_blank_lines_count_as_lines(self):
        for bad, code, status, part in self.bad_members:
            with self.subTest(bad):
                body = b"\n\r\n" + draft() + b"\n\n" + bad + b"\n" + draft()
                self.assert_problem(self.post(body, LINES), status, code, part, line=5)
                self.assert_intake_refuses(body, code, part, line=5)

    def test_the_only_line_is_named_too(self):
        for bad, code, status, part in self.bad_members:
            with self.subTest(bad):
                self.assert_problem(self.post(b"\n" + bad, LINES), status, code, part, line=2)
                self.assert_problem(self.post(b"[" + bad + b"]", BATCH), status, code, part, line=1)


class Refused(RefusalTest):
    def test_the_daemons_own_types_are_denied(self):
        for name in ("tocsin.head", "tocsin.x.y", "qr.code.created"):
            with self.subTest(name):
                self.assert_problem(self.post(draft(type=name)), 403, "denied", name)
                self.assert_problem(self.post(b"", ce_type=name), 403, "denied", name)
                self.assert_problem(self.post(b"{}", query="?default_type=" + name), 403, "denied", name)
                ran = self.daemon.cli("emit", name)
                self.assertEqual(ran.status, 77, ran)
                self.assertIn(name, ran.err)
        code, _ = self.intake(draft(type="tocsin.head"))
        self.assertEqual(code, "denied")

    def test_the_same_key_with_other_content_is_a_conflict_within_one_batch(self):
        first, other = draft(id="twin", data=1), draft(id="twin", data=2)
        body = b"\n".join([draft(), first, draft(), other])
        self.assert_problem(self.post(body, LINES), 409, "conflict", "'twin'", line=4)
        self.assert_problem(self.post(b"[" + b",".join([first, other]) + b"]"), 409, "conflict", "'twin'", line=2)
        self.assert_intake_refuses(body, "conflict", "'twin'", line=4)
        self.assert_problem(self.post(b"\n\n" + first + b"\n\n" + other, LINES), 409, "conflict", "'twin'", line=5)

    def test_unknown_content_types_are_415(self):
        for kind in ("text/plain", "application/xml", "application/octet-stream", "application/cloudevents"):
            with self.subTest(kind):
                self.assert_problem(self.post(b"{}", kind), 415, "invalid", kind)
        reply = self.daemon.http("POST", "/v1/events", b"{}")
        self.assert_problem(reply, 415, "invalid", "Content-Type")


class Conflicts(unittest.TestCase):
    def test_the_same_key_with_other_content_is_a_conflict(self):
        with Daemon() as daemon:
            first = {"type": "order", "id": "7", "source": "shop", "data": {"n": 1}}
            stored = daemon.emit(first)[0]["sequence"]
            for change in ({"type": "other"}, {"data": {"n": 2}}, {"data": "1"}, {"data": None}):
                with self.subTest(change):
                    reply = daemon.http("POST", "/v1/events", json.dumps({**first, **change}), {"Content-Type": JSON})
                    self.assertEqual((reply.status, reply.json()["code"]), (409, "conflict"))
                    for part in ("'7'", "'shop'", stored):
                        self.assertIn(part, reply.json()["detail"])
                    self.assertTrue(reply.json()["hint"])
            self.assertEqual(daemon.status()["head"], stored)


if __name__ == "__main__":
    unittest.main()
