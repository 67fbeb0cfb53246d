#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin config`: what it finds wrong, what it shows, the schema for editors, and that it writes nothing."""
import json
import os
import re
import shutil
import tempfile
import tomllib
import unittest

import jsonschema

from tocsin_test import BUILD, TOCSIN, TOCSIND, run

CONFIG, USAGE = 78, 64
SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")


class ConfigTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="t-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.main = self.write("tocsin.toml", "")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def config(self, *words):
        return run(TOCSIN, "config", *words)

    def three_mistakes(self):
        self.write("tocsin.toml", '[http]\nmax_conections = 5\nidle_timeout = "1 hour"\n')
        return self.write("conf.d/50-log.toml", '[log]\nlevel = "loud"\n')


class Check(ConfigTest):
    def test_says_that_all_is_good_and_what_was_read(self):
        drop_in = self.write("conf.d/a.toml", "log.level = 'debug'\n")
        ran = self.config("check", self.main)
        self.assertEqual(ran, (0, f"the configuration is good: {self.main}, {drop_in}\n", ""))

    def test_tells_three_mistakes_of_two_files_with_places_and_remedies(self):
        drop_in = self.three_mistakes()
        ran = self.config("check", self.main)
        self.assertEqual((ran.status, ran.out), (CONFIG, ""))
        self.assertEqual(ran.err.splitlines(), [
            f"{self.main}:2:1: unknown key 'http.max_conections'; did you mean 'http.max_connections'?",
            f"{self.main}:3:16: http.idle_timeout: '1 hour' is not a duration; write it as \"500ms\", \"30s\" or \"24h\"",
            f"{drop_in}:2:9: log.level: 'loud' is not known here; write one of \"debug\", \"info\", \"warning\", \"error\"",
            "tocsin: config: the configuration has 3 mistakes in 2 files; mend what is named above"])

    def test_as_json_is_one_object(self):
        drop_in = self.three_mistakes()
        ran = self.config("check", "--json", self.main)
        self.assertEqual((ran.status, ran.err), (CONFIG, ""))
        report, = ran.json_lines()
        self.assertEqual((report["good"], report["files"]), (False, [self.main, drop_in]))
        self.assertEqual([(m["file"], m["line"], m["column"]) for m in report["mistakes"]],
                         [(self.main, 2, 1), (self.main, 3, 16), (drop_in, 2, 9)])

    def test_tells_the_same_as_the_daemon(self):
        self.three_mistakes()
        by_daemon = run(TOCSIND, "--config", self.main, "--check")
        self.assertEqual(by_daemon.status, CONFIG)
        self.assertEqual(by_daemon.err.splitlines()[:-1], self.config("check", self.main).err.splitlines()[:-1])

    def test_a_broken_drop_in_hides_no_mistake_of_another_file(self):
        first, second = self.write("conf.d/1.toml", "[log\n"), self.write("conf.d/2.toml", "x = 1\n")
        ran = self.config("check", self.main)
        self.assertEqual(ran.status, CONFIG)
        self.assertEqual([line.split(":")[0] for line in ran.err.splitlines()[:-1]], [first, second])

    def test_misuse_exits_64(self):
        for words in ((), ("chek",), ("check", self.main, "more"), ("check", "--deep")):
            with self.subTest(words):
                ran = self.config(*words)
                self.assertEqual(ran.status, USAGE, ran)
                self.assertRegex(ran.err, r"\Atocsin: .*; see tocsin config --help\n\Z")

    @unittest.skipUnless(shutil.which("strace"), "needs strace")
    def test_opens_nothing_for_writing(self):
        self.write("conf.d/a.toml", "state = \"/tmp/never-made\"\n")
        for words in (("check", self.main), ("show", self.main), ("check", "--json", self.main)):
            trace = os.path.join(self.folder, "trace")
            calls = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,truncate,bind"
            ran = run("strace", "-f", "-o", trace, "-e", "trace=" + calls, TOCSIN, "config", *words,
                      env={"ASAN_OPTIONS": "detect_leaks=0"})  # that can't work under a tracer
            self.assertEqual(ran.status, 0, ran)
            with open(trace, encoding="utf-8") as file:
                lines = [line for line in file if "(" in line and "resumed" not in line and "/tsan." not in line]
            self.assertTrue(any(self.main in line for line in lines), "the file was not seen to be read")
            opened = [line for line in lines if WRITING.search(line)]
            changed = [line for line in lines if re.search(r"\b(creat|mkdir|rename|unlink|truncate|bind)\w*\(", line)]
            self.assertEqual(opened + changed, [])
        self.assertFalse(os.path.exists("/tmp/never-made"))


class Show(ConfigTest):
    def show(self):
        ran = self.config("show", self.main)
        self.assertEqual((ran.status, ran.err), (0, ""))
        return ran.out

    def line(self, section, start):
        _, _, text = self.show().partition(f"[{section}]\n")
        line = next(line for line in text.splitlines() if line.startswith(start))
        return re.sub(" +", " ", line)

    def test_is_toml_that_means_the_same(self):
        self.write("tocsin.toml", 'state = "/srv/\\"x\\""\n[http]\nidle_timeout = "5m"\nmax_connections = 7\n')
        text = self.show()
        self.assertEqual(tomllib.loads(text)["http"], {"idle_timeout": "5m", "max_connections": 7, "request_timeout": "30s"})
        self.assertEqual(tomllib.loads(text)["state"], '/srv/"x"')
        self.write("shown/tocsin.toml", text)
        again = self.config("show", "--json", os.path.join(self.folder, "shown", "tocsin.toml")).json_lines()[0]
        before = self.config("show", "--json", self.main).json_lines()[0]
        self.assertEqual([(s["key"], s["value"]) for s in again["settings"]],
                         [(s["key"], s["value"]) for s in before["settings"]])

    def test_says_where_each_value_comes_from(self):
        self.write("tocsin.toml", "[http]\nmax_connections = 1\n")
        first = self.write("conf.d/1.toml", "http.max_connections = 2\n")
        second = self.write("conf.d/2.toml", "http.max_connections = 3\n")
        self.assertEqual(self.line("http", "max_connections"),
                         f"max_connections = 3 # {second}:1:24, over {first}:1:24, {self.main}:2:19")
        self.assertEqual(self.line("http", "idle_timeout"), 'idle_timeout = "60s" # default')

    def test_as_json_is_one_object(self):
        self.write("tocsin.toml", "[http]\nmax_connections = 1\n")
        drop_in = self.write("conf.d/1.toml", "http.max_connections = 2\n")
        shown, = self.config("show", "--json", self.main).json_lines()
        self.assertEqual(shown["files"], [self.main, drop_in])
        settings = {setting.pop("key"): setting for setting in shown["settings"]}
        self.assertEqual(settings["http.max_connections"],
                         {"value": 2, "from": "file", "file": drop_in, "line": 1, "column": 24,
                          "over": [{"file": self.main, "line": 2, "column": 19}]})
        self.assertEqual(settings["http.idle_timeout"], {"value": "60s", "from": "default"})

    def test_mistakes_are_told_instead(self):
        self.three_mistakes()
        ran = self.config("show", self.main)
        self.assertEqual((ran.status, ran.out, len(ran.err.splitlines())), (CONFIG, "", 4))


class Schema(ConfigTest):
    def setUp(self):
        super().setUp()
        with open(os.path.join(BUILD, "share", "tocsin.schema.json"), encoding="utf-8") as file:
            self.schema = json.load(file)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def is_valid(self, text):
        return self.validator.is_valid(tomllib.loads(text))

    def test_is_a_schema_and_what_the_program_prints(self):
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.assertEqual(json.loads(self.config("schema").out), self.schema)

    def test_good_configurations_validate(self):
        with open(os.path.join(SOURCE, "share", "tocsin.toml"), encoding="utf-8") as file:
            delivered = file.read()
        switched_on = re.sub(r"^#(?=[^ :])", "", delivered, flags=re.MULTILINE)
        self.assertIn('\nlevel = "info"\n', switched_on)
        self.assertTrue(delivered.startswith("#:schema file:///usr/share/tocsin/tocsin.schema.json\n"))
        for text in ("", delivered, switched_on, self.config("show", self.main).out, "http.max_connections = 9\n"):
            self.assertEqual(list(map(str, self.validator.iter_errors(tomllib.loads(text)))), [])

    def test_wrong_configurations_do_not(self):
        for text in ('stat = "/x"\n', 'state = "relative"\n', "state = 7\n", "[http]\nmax_connections = 0\n", "http = 7\n",
                     '[http]\nidle_timeout = "soon"\n', '[log]\nlevel = "loud"\n', "[http]\nport = 80\n",
                     "[[http]]\nmax_connections = 1\n"):
            with self.subTest(text):
                self.assertFalse(self.is_valid(text))
                self.write("tocsin.toml", text)
                self.assertEqual(self.config("check", self.main).status, CONFIG, "the program takes it")

    def test_every_key_has_a_description_and_its_default(self):
        def keys(schema, prefix=""):
            for name, entry in schema["properties"].items():
                yield from keys(entry, prefix + name + ".") if "properties" in entry else [(prefix + name, entry)]
        shown = {s["key"]: s["value"] for s in self.config("show", "--json", self.main).json_lines()[0]["settings"]}
        found = {name: entry for name, entry in keys(self.schema) if entry.get("type") != "array"}
        self.assertTrue(all(entry["description"] for entry in found.values()))
        self.assertEqual({name: entry["default"] for name, entry in found.items() if "default" in entry}, shown)


if __name__ == "__main__":
    unittest.main()
