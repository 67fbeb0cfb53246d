#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin pipeline`, `tocsin dead` and `tocsin runs` on pipelines at work."""
import json
import os
import re
import shlex
import subprocess
import unittest

from tocsin_test import TOCSIN, Daemon, eventually, run
from users import DENIED, NOBODY, UsersTest

USAGE, NOT_FOUND = 64, 66
DIGITS = '{"n":123456789012345678901234567890,"f":1.10,"e":1E5,"s":"\\u00fc"}'
NOISY = r"printf 'tab\there \033[2J\n'; printf 'last\007' >&2; exit 65"
RETRY = 'retry = { attempts = 1, backoff = "10ms" }\n'


def pipeline(name, to, more="", types="a.>"):
    return f'[[pipeline]]\nname = "{name}"\nfrom = ["{types}"]\nto = {{ {to} }}\n{more}'


def command(*words):
    return f"exec = {json.dumps(words)}"


GOOD = pipeline("good", command("true"))
BAD = pipeline("bad", command("false"), RETRY)
DOWN = pipeline("down", command("/nonexistent/program"), 'retry = { backoff = "1h" }\n')


class VerbsTest(unittest.TestCase):
    def begin(self, *config):
        self.daemon = self.enterContext(Daemon("".join(config)))

    def cli(self, *words, status=0, err=""):
        ran = self.daemon.cli(*words)
        self.assertEqual(ran.status, status, ran)
        self.assertRegex(ran.err, err or r"\A\Z", ran)
        return ran

    def emit(self, count, kind="a.b"):
        self.daemon.emit(*[{"type": kind, "data": number} for number in range(count)])

    def report(self, name):
        return self.cli("pipeline", "show", name, "--json").json_lines()[0]

    def wait_for(self, name, **members):
        eventually(lambda: members.items() <= self.report(name).items(), f"{name} has {members}")

    def wait_for_letters(self, count, *words):
        """Counts are told at once, dead letters and runs when they are stored."""
        return eventually(lambda: len(found := self.letters(*words)) == count and found, f"there are {count} dead letters")

    def wait_for_runs(self, count):
        eventually(lambda: len(self.rows("runs")) == count, f"there are {count} runs")

    def letters(self, *words):
        return self.cli("dead", "list", "--json", *words).json_lines()

    def on_a_terminal(self, *words):
        line = shlex.join([TOCSIN, "--socket", self.daemon.socket, *words])
        done = subprocess.run(["script", "-qec", line, "/dev/null"], capture_output=True, timeout=60, check=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb"})
        return done.stdout.decode().replace("\r\n", "\n")

    def rows(self, *words):
        """The cells of a table, by the titles above them; those of the last column may have spaces."""
        titles, *lines = self.cli(*words).lines()
        names = re.split(r" {2,}", titles.strip())
        return [dict(zip(names, re.split(r" {2,}", line.strip(), maxsplit=len(names) - 1))) for line in lines]

    def page(self, *words):
        """The rows `label  text` of what is shown of one thing."""
        return dict(re.findall(r"^(\S+(?: \S+)*)  +(\S.*)$", self.cli(*words).out, re.MULTILINE))


class PipelineList(VerbsTest):
    def test_has_a_line_for_each(self):
        self.begin(GOOD, BAD, pipeline("off", command("true"), "enabled = false\n"))
        self.emit(3)
        self.wait_for("bad", dead_letters=3)
        self.wait_for("good", delivered=3)
        rows = self.rows("pipeline", "list")
        self.assertEqual([row["NAME"] for row in rows], ["bad", "good", "off"])
        self.assertEqual([row["STATE"] for row in rows], ["idle", "idle", "disabled"])
        self.assertEqual([(row["DELIVERED"], row["DEAD"]) for row in rows], [("0", "3"), ("3", "0"), ("0", "0")])
        self.assertEqual([row["SINK"] for row in rows], ["exec false", "exec true", "exec true"])
        self.assertEqual(rows[1]["RATE"], "0.05/s")

    def test_is_what_is_done_when_nothing_is_named(self):
        self.begin(DOWN)
        self.emit(2)
        self.wait_for("down", state="down")
        row, = self.rows("pipeline")
        self.assertEqual((row["NAME"], row["STATE"], row["LAG"]), ("down", "down", "2"))
        self.assertRegex(row["BEHIND"], r"^\d+s$")

    def test_json_is_the_answer(self):
        self.begin(GOOD, BAD)
        answer, = self.cli("pipeline", "--json").json_lines()
        self.assertEqual([one["name"] for one in answer["pipelines"]], ["bad", "good"])

    def test_of_none(self):
        self.begin()
        self.assertEqual(self.cli("pipeline").lines(), ["NAME  STATE  LAG  BEHIND  DELIVERED  DEAD  RATE  SINK"])


class PipelineShow(VerbsTest):
    def test_tells_why_it_is_down(self):
        self.begin(DOWN)
        self.emit(1)
        self.wait_for("down", state="down")
        page = self.page("pipeline", "show", "down")
        self.assertRegex(page["state"], "^down: .*/nonexistent/program")
        self.assertRegex(page["next try"], r"^in \d+[hm] \d+[ms]$")
        self.assertRegex(page["since"], r"^\d{4}-\d\d-\d\d \d\d:")
        self.assertRegex(page["lag"], r"^1 events of the log; the oldest that waits came \d+s ago$")
        self.assertIn("/nonexistent/program", page["last error"])

    def test_tells_of_its_last_run(self):
        self.begin(GOOD)
        self.emit(2)
        self.wait_for("good", delivered=2, state="idle")
        page = self.page("pipeline", "show", "good")
        self.assertEqual((page["state"], page["from"], page["sink"]), ("idle", "a.>", "exec true"))
        self.assertEqual((page["read up to"], page["settled up to"], page["lag"]), ("2", "2", "0 events of the log"))
        self.assertRegex(page["last run"], r" exit 0 after \d\.\d{3} s$")
        self.assertRegex(page["delivered"], "^2, ")

    def test_an_unknown_name_is_not_found(self):
        self.begin(GOOD)
        for words in (("show", "goodd"), ("pause", "goodd"), ("resume", "goodd"), ("skip", "goodd"), ("show", "a b")):
            self.assertEqual(self.cli("pipeline", *words, status=NOT_FOUND, err="^tocsin: pipeline: .*list").out, "")


class Operations(VerbsTest):
    def test_pause_holds_over_a_restart_until_resume(self):
        self.begin(GOOD, pipeline("other", command("true")))
        self.assertEqual(self.cli("pipeline", "pause", "good", "other").out, "")
        self.daemon.restart()
        self.emit(2)
        self.assertEqual([row["STATE"] for row in self.rows("pipeline")], ["paused", "paused"])
        self.assertRegex(self.page("pipeline", "show", "good")["state"], "^paused: by ")
        self.cli("pipeline", "resume", "good")
        self.wait_for("good", delivered=2)
        self.assertEqual(self.report("other")["delivered"], 0)

    def test_a_terminal_is_told_the_state(self):
        self.begin(GOOD, pipeline("other", command("true")))
        self.assertEqual(self.on_a_terminal("pipeline", "pause", "good", "other"), "good is paused\nother is paused\n")
        self.assertEqual(self.on_a_terminal("pipeline", "resume", "good"), "good is idle\n")

    def test_json_is_a_line_for_each_name(self):
        self.begin(GOOD, BAD)
        answers = self.cli("pipeline", "pause", "good", "bad", "--json").json_lines()
        self.assertEqual([(one["name"], one["state"]) for one in answers], [("good", "paused"), ("bad", "paused")])

    def test_skip_takes_the_first_that_waits(self):
        self.begin(DOWN)
        self.emit(3)
        self.wait_for("down", state="down", queued=3)
        self.assertEqual(self.cli("pipeline", "skip", "down").out, "skipped 1 event that had matched: 1 of the log\n")
        self.wait_for("down", queued=2, skipped=1)

    def test_skip_of_what_was_not_looked_at(self):
        self.begin(GOOD)
        self.cli("pipeline", "pause", "good")
        self.emit(3)
        self.assertEqual(self.cli("pipeline", "skip", "good", "--to", "head").out,
                         "skipped 0 events that had matched: 1 to 3 of the log\n")
        self.cli("pipeline", "resume", "good")
        self.emit(1)
        self.wait_for("good", delivered=1)

    def test_skip_to_a_place_and_to_the_head(self):
        self.begin(DOWN)
        self.emit(5)
        self.wait_for("down", state="down", queued=5)
        self.assertEqual(self.cli("pipeline", "skip", "down", "--to", "2").out,
                         "skipped 2 events that had matched: 1 to 2 of the log\n")
        answer, = self.cli("pipeline", "skip", "down", "--to", "head", "--json").json_lines()
        self.assertEqual((int(answer["first"]), int(answer["last"]), answer["count"]), (3, 5, 3))
        self.assertEqual(self.cli("pipeline", "skip", "down", "--to", "head").out, "nothing to skip\n")
        self.assertEqual(self.cli("pipeline", "skip", "down").out, "nothing to skip\n")


class DeadList(VerbsTest):
    def bury(self, count=3, *more):
        self.begin(BAD, *more)
        self.emit(count)
        self.wait_for_letters(count)

    def test_has_a_line_for_each(self):
        self.bury(3, GOOD)
        rows = self.rows("dead")
        self.assertEqual([row["SEQUENCE"] for row in rows], ["1", "2", "3"])
        self.assertEqual({(row["PIPELINE"], row["ATTEMPTS"], row["TYPE"], row["RESULT"]) for row in rows},
                         {("bad", "1", "a.b", "exit 1")})
        self.assertEqual(len(self.rows("dead", "list", "--limit", "2")), 2)
        self.assertEqual(len(self.rows("dead", "list", "--pipeline", "bad", "--since", "1h")), 3)
        self.assertEqual(self.rows("dead", "--pipeline", "good"), [])
        self.assertEqual(self.rows("dead", "--since", "2099-01-01T00:00:00Z"), [])
        for form in ((), ("--json",)):
            self.cli("dead", "list", "--pipeline", "badd", *form, status=NOT_FOUND, err="no pipeline 'badd'")

    def test_is_not_cut(self):
        self.bury(234)
        self.assertEqual([int(letter["deadid"]) for letter in self.letters()], list(range(1, 235)))
        self.assertEqual(len(self.letters("--limit", "150")), 150)
        self.assertEqual(len(self.rows("dead")), 234)

    def test_json_can_be_emitted_again(self):
        self.begin(BAD)
        text = '{"type":"a.b","id":"x-1","source":"//h/u","subject":"s","flag":true,"data":' + DIGITS + "}"
        self.assertEqual(self.daemon.http("POST", "/v1/events", text, {"Content-Type": "application/json"}).status, 200)
        self.daemon.emit({"type": "a.c", "data_base64": "AAH/"})
        self.wait_for_letters(2)
        lines = self.cli("dead", "list", "--json")
        self.assertIn('"data":' + DIGITS, lines.out)
        first, second = lines.json_lines()
        self.assertEqual({name: first[name] for name in ("id", "subject", "flag", "deadid", "deadpipeline",
                                                         "deadattempts", "deadresult")},
                         {"id": "x-1", "subject": "s", "flag": True, "deadid": first["deadid"], "deadpipeline": "bad",
                          "deadattempts": 1, "deadresult": "exit 1"})
        self.assertFalse({"sequence", "recordedtime", "authtype", "authid"} & first.keys())
        self.assertEqual(second["data_base64"], "AAH/")
        with Daemon(BAD) as other:
            ran = other.cli("emit", "--ndjson", input=lines.out)
            self.assertEqual((ran.status, ran.err), (0, ""))
            eventually(lambda: len(other.cli("dead", "--json").lines()) == 2, "they have died again")
            self.assertIn('"data":' + DIGITS, other.cli("dead", "--json").out)
            again = other.cli("dead", "--json")
            ran = self.daemon.cli("emit", "--ndjson", "--json", input=again.out)  # known by their ids, or stored anew
            self.assertEqual((ran.status, ran.err), (0, ""))


class DeadShow(VerbsTest):
    def setUp(self):
        self.begin(pipeline("noisy", command("/bin/sh", "-c", NOISY)))
        self.daemon.emit({"type": "a.b", "data": {"k": 1}})
        self.letter = self.wait_for_letters(1)[0]["deadid"]

    def test_tells_all(self):
        page = self.page("dead", "show", self.letter)
        self.assertEqual((page["dead letter"], page["pipeline"], page["type"]), (self.letter, "noisy", "a.b"))
        self.assertRegex(page["first failure"], "  exit 65$")
        self.assertRegex(page["last failure"], "  exit 65$")
        self.assertIn('data\n{\n  "k": 1\n}\n', self.cli("dead", "show", self.letter).out)
        self.cli("runs", "show", page["last run"])

    def test_what_was_printed_is_harmless_on_a_terminal_alone(self):
        shown = self.cli("dead", "show", self.letter).out
        self.assertIn("\nstandard output\ntab\there \033[2J\n\nstandard error\nlast\007\n", shown)
        seen = self.on_a_terminal("dead", "show", self.letter)
        self.assertIn("\nstandard output\ntab\there \\u001b[2J\n\nstandard error\nlast\\u0007\n", seen)
        for output in (self.cli("runs", "list").out, self.cli("pipeline", "show", "noisy").out):
            self.assertNotRegex(output, "[\033\007]")

    def test_json_is_the_answer(self):
        letter, = self.cli("dead", "show", self.letter, "--json").json_lines()
        self.assertEqual((letter["id"], letter["errors"], letter["event"]["data"]), (int(self.letter), "last\007", {"k": 1}))

    def test_one_that_is_not_there(self):
        self.cli("dead", "show", "4711", status=NOT_FOUND, err="^tocsin: dead: .*4711.*tocsin dead list")


class DeadAgain(VerbsTest):
    """The command succeeds once a file is there."""

    def setUp(self):
        self.begin(pipeline("mend", command("/bin/sh", "-c", "test -e ${TOCSIN_TEST_FLAG}"), RETRY), BAD)
        self.flag = os.path.join(self.daemon.folder, "flag")
        self.daemon.config = self.daemon.config.replace("${TOCSIN_TEST_FLAG}", self.flag)
        self.daemon.restart()
        self.emit(3)
        self.wait_for_letters(6)
        self.ids = [letter["deadid"] for letter in self.letters("--pipeline", "mend")]

    def mend(self):
        with open(self.flag, "w", encoding="utf-8"):
            pass

    def test_retry_by_id(self):
        self.mend()
        self.assertEqual(self.cli("dead", "retry", self.ids[1]).out, "1 dead letter is tried again\n")
        left = self.wait_for_letters(2, "--pipeline", "mend")
        self.assertEqual([letter["deadid"] for letter in left], [self.ids[0], self.ids[2]])
        self.wait_for("mend", dead_letters=2)

    def test_retry_of_a_pipeline(self):
        self.mend()
        self.assertEqual(self.cli("dead", "retry", "--pipeline", "mend", "--since", "1h").out,
                         "3 dead letters are tried again\n")
        self.wait_for_letters(3)
        self.wait_for("mend", dead_letters=0)

    def test_retry_that_fails_stays(self):
        self.assertEqual(self.cli("dead", "retry", "--all", "--json").json_lines(), [{"count": 6}])
        eventually(lambda: {letter["deadattempts"] for letter in self.letters()} == {2}, "all have failed again")
        self.assertEqual(len(self.letters()), 6)

    def test_drop(self):
        self.assertEqual(self.cli("dead", "drop", *self.ids[:2]).out, "2 dead letters dropped\n")
        self.wait_for("mend", dead_letters=1)
        self.assertEqual(self.cli("dead", "drop", "--since", "2099-01-01T00:00:00Z").out, "0 dead letters dropped\n")
        self.assertEqual(self.cli("dead", "drop", "--all").out, "4 dead letters dropped\n")
        self.assertEqual(self.letters(), [])

    def test_ids_that_are_not_there(self):
        ran = self.cli("dead", "drop", self.ids[0], self.ids[0], "4711", status=NOT_FOUND,
                       err="^tocsin: dead: 1 of the 2 .*tocsin dead list")
        self.assertEqual(ran.out, "1 dead letter dropped\n")

    def test_many_ids_at_once(self):
        ran = self.cli("dead", "drop", *map(str, range(1, 2001)), status=NOT_FOUND, err="1,994 of the 2,000")
        self.assertEqual(ran.out, "6 dead letters dropped\n")

    def test_a_choice_must_be_made(self):
        for verb in ("retry", "drop"):
            self.cli("dead", verb, status=USAGE, err="write ids, --pipeline NAME, --since TIME or --all")
            self.cli("dead", verb, "--all", "1", status=USAGE, err="--all")
            self.cli("dead", verb, "--pipeline", "nobody", status=NOT_FOUND, err="no pipeline 'nobody'")
        self.assertEqual(len(self.letters()), 6)


class Runs(VerbsTest):
    def test_list_and_show(self):
        self.begin(pipeline("noisy", command("/bin/sh", "-c", NOISY)), GOOD)
        self.emit(2)
        self.wait_for_runs(4)
        rows = self.rows("runs")
        self.assertEqual(sorted((row["PIPELINE"], row["RESULT"], row["ATTEMPT"], row["SEQUENCE"]) for row in rows),
                         [("good", "exit 0", "1", "1"), ("good", "exit 0", "1", "2"),
                          ("noisy", "exit 65", "1", "1"), ("noisy", "exit 65", "1", "2")])
        self.assertEqual([row["PIPELINE"] for row in self.rows("runs", "list", "--pipeline", "good", "--limit", "1")],
                         ["good"])
        answer, = self.cli("runs", "list", "--json", "--pipeline", "noisy").json_lines()
        self.assertEqual([one["sequence"][-1] for one in answer["runs"]], ["2", "1"])
        run_id = answer["runs"][0]["id"]
        shown = self.cli("runs", "show", run_id).out
        self.assertTrue(shown.endswith("\n\nstandard output\ntab\there \033[2J\n\nstandard error\nlast\007\n"), shown)
        self.assertIn("\\u001b[2J", self.on_a_terminal("runs", "show", run_id))
        page = self.page("runs", "show", run_id)
        self.assertEqual((page["pipeline"], page["verdict"], page["sequence"]), ("noisy", "dead", "2"))
        self.assertRegex(page["result"], r"^exit 65 after \d\.\d{3} s$")
        self.assertEqual(self.cli("runs", "show", run_id, "--json").json_lines()[0]["errors"], "last\007")

    def test_what_is_not_there(self):
        self.begin(GOOD)
        self.assertEqual(self.rows("runs"), [])
        self.assertEqual(self.rows("runs", "--pipeline", "good"), [])
        self.cli("runs", "--pipeline", "nobody", status=NOT_FOUND, err="no pipeline 'nobody'")
        self.cli("runs", "show", "nothing", status=NOT_FOUND, err="^tocsin: runs: .*nothing.*tocsin runs list")


class Words(VerbsTest):
    def test_wrong_ones_are_usage_errors_that_say_what_to_write(self):
        for words, what in ((("pipeline", "lst"), "did you mean 'list'"), (("pipeline", "show"), "name of a pipeline"),
                            (("pipeline", "skip", "a", "b"), "word 'b'"), (("pipeline", "pause"), "name of a pipeline"),
                            (("pipeline", "skip", "a", "--to", "3x"), "head"), (("pipeline", "show", "a", "--to", "3"), "--to"),
                            (("dead", "show"), "id of a dead letter"), (("dead", "show", "x"), "'x'"),
                            (("dead", "list", "7"), "word '7'"), (("dead", "list", "--all"), "--all"),
                            (("dead", "list", "--since", "4711"), "4711"), (("dead", "drop", "--limit", "3"), "--limit"),
                            (("runs", "show"), "id of a run"), (("runs", "--limit", "2000"), "1000"),
                            (("runs", "show", "a", "--limit", "3"), "--limit")):
            with self.subTest(words):
                ran = run(TOCSIN, "--socket", "/nonexistent/socket", *words)
                self.assertEqual((ran.status, ran.out), (USAGE, ""))
                self.assertRegex(ran.err, f"^tocsin: {words[0]}: .*{what}.*; see tocsin {words[0]} --help\n$")


class Rights(UsersTest):
    config = GOOD

    def test_others_than_operators_are_refused(self):
        for words in ("pipeline", "pipeline pause good", "dead", "dead drop --all", "runs"):
            with self.subTest(words):
                ran = self.run_as(NOBODY, TOCSIN, "--socket", self.daemon.socket, *words.split())
                self.assertEqual((ran.returncode, ran.stdout), (DENIED, ""))
                self.assertIn("operate", ran.stderr)


if __name__ == "__main__":
    unittest.main()
