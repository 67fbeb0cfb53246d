#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages and the README say what the programs say of themselves, both ways."""
import os
import re
import shutil
import subprocess
import unittest

from tocsin_test import BUILD, TOCSIN, TOCSIND, Daemon, run

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
MAN = os.path.join(SOURCE, "man")
PAGES = ("tocsin.1", "tocsin-qr.1", "tocsin-qrencode.1", "tocsind.8", "tocsin.toml.5", "tocsin-events.7", "tocsin-protocol.7")
README_LINES = 120
WITHOUT_DAEMON = ("config", "doctor", "salvage", "restore", "token")
ALTERNATING = re.compile(r"\.(?:BR|RB|BI|IB|RI|IR)$")
ARGUMENT = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


# --- manual pages ----------------------------------------------------------------------------------------------------

def plain(line):
    """A line of roff as it is read: macros of fonts and escapes taken away."""
    macro, _, rest = line.partition(" ")
    if ALTERNATING.match(macro) or macro in (".B", ".I"):
        words = [quoted or bare for quoted, bare in ARGUMENT.findall(rest)]
        line = ("" if ALTERNATING.match(macro) else " ").join(words)
    for escape, text in ((r"\-", "-"), (r"\~", " "), (r"\(dq", '"'), (r"\(aq", "'"), (r"\&", ""), (r"\e", "\\")):
        line = line.replace(escape, text)
    return re.sub(r"\\f[A-Z]", "", line)


def sections(page, macro):
    """The lines below each heading of a kind (.SH or .SS), up to the next heading of this kind or above."""
    found, current = {}, None
    for line in read("man", page).splitlines():
        name, _, rest = line.partition(" ")
        if name == macro:
            current = found.setdefault(plain(rest.strip('"')), [])
        elif name == ".SH":
            current = None
        elif current is not None:
            current.append(line)
    return found


def terms(lines):
    """What stands behind each .TP."""
    return [plain(line) for before, line in zip(lines, lines[1:]) if before == ".TP"]


def options_of_page(lines):
    return {term.replace(", ", ",") for term in terms(lines) if term.startswith("-")}


# --- help ------------------------------------------------------------------------------------------------------------

def help_of(*command):
    done = run(*command)
    assert done.status == 0, done
    return done.out


def block(text, title):
    """The indented lines below `Title:`."""
    return re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE).group(1).splitlines()


def options_of_help(text):
    """The first column: options with the word that they take."""
    return {re.split(r" {2,}", line.strip())[0] for line in block(text, "Options")}


def verbs_of_help():
    return [line.split()[0] for line in block(help_of(TOCSIN, "help"), "Commands")]


def exit_statuses():
    return set(re.findall(r"^ +\w+ = (\d+),", read("common", "core", "exit_status.hpp"), re.MULTILINE)) | {"0"}


class ManualPages(unittest.TestCase):
    def test_render_without_a_warning(self):
        for page in PAGES:
            with self.subTest(page):
                done = run("groff", "-t", "-man", "-Tutf8", "-ww", "-z", os.path.join(MAN, page))
                self.assertEqual((done.status, done.err), (0, ""))

    def test_name_each_other(self):
        known = {re.sub(r"(.*)\.(\d)$", r"\1(\2)", page) for page in PAGES}
        for page in PAGES:
            named = set(re.findall(r"tocsin[\w.-]*\(\d\)", "\n".join(map(plain, read("man", page).splitlines()))))
            self.assertLessEqual(named, known, page)


class Tocsin1(unittest.TestCase):
    def test_has_every_verb_and_no_other(self):
        self.assertEqual(set(verbs_of_help()), set(sections("tocsin.1", ".SS")))

    def test_has_every_option_and_no_other(self):
        common = {"-h,--help", "--socket PATH"}
        page = sections("tocsin.1", ".SS")
        for verb in set(verbs_of_help()) - {"help", "qr"}:  # qr has a page of its own
            with self.subTest(verb):
                options = options_of_help(help_of(TOCSIN, verb, "--help"))
                self.assertLessEqual(common - {"--socket PATH"} if verb in WITHOUT_DAEMON else common, options)
                self.assertEqual(options_of_page(page[verb]), options - common)

    def test_has_the_options_before_a_verb(self):
        page = options_of_page(sections("tocsin.1", ".SH")["OPTIONS"])
        self.assertEqual(page, options_of_help(help_of(TOCSIN, "help")))

    def test_has_every_exit_status_and_no_other(self):
        written = terms(sections("tocsin.1", ".SH")["EXIT STATUS"])
        self.assertEqual(set(written), exit_statuses())
        self.assertEqual(written, sorted(written, key=int))

    def test_examples_do_not_name_what_is_not_there(self):
        examples = sections("tocsin.1", ".SH")["EXAMPLES"]
        used = re.findall(r"\btocsin (\w+)", "\n".join(map(plain, examples)))
        self.assertGreater(len(used), 3)
        self.assertLessEqual(set(used), set(verbs_of_help()))


class TocsinQr1(unittest.TestCase):
    SHARED = ("Output", "Encoding", "Drawing")  # described once, under OPTIONS
    PAYLOADS = ("wifi", "vcard", "mecard", "geo", "sms", "tel", "mail", "otpauth", "epc", "event")

    def options(self, *words, but=()):
        """The options of a command's help by their long names, of all headings but these."""
        lines = help_of(TOCSIN, "qr", *words, "--help").splitlines()
        found, heading = set(), ""
        for line in lines:
            heading = line[:-1] if re.fullmatch(r"\w+:", line) else heading
            option = re.match(r"  (?:-\w,)?(--[\w-]+)", line)
            if option and heading not in but:
                found.add(option.group(1))
        return found - {"--help"}

    def written(self, lines):
        terms_and_more = [plain(line) for before, line in zip(lines, lines[1:]) if before in (".TP", ".TQ")]
        return {name for term in terms_and_more for name in re.findall(r"--[\w-]+", term)} - {"--help"}

    def test_has_every_option_of_a_text(self):
        page = sections("tocsin-qr.1", ".SH")["OPTIONS"]
        for heading in self.SHARED:
            page += sections("tocsin-qr.1", ".SS")[heading]
        self.assertEqual(self.written(page), self.options())

    def test_has_every_option_of_each_payload(self):
        pages = sections("tocsin-qr.1", ".SS")
        for name in self.PAYLOADS:
            with self.subTest(name):
                own = self.options(name, but=self.SHARED)
                self.assertGreater(len(own), 0)
                self.assertEqual(self.written(pages[name]), own)

    def test_has_every_option_of_batch_and_sheet(self):
        pages = sections("tocsin-qr.1", ".SH")
        self.assertEqual(self.written(pages["BATCH"]), self.options("batch", but=("Encoding", "Drawing")))
        self.assertEqual(self.written(pages["SHEET"]), self.options("sheet", but=("Encoding", "Drawing")))

    def test_has_every_format_and_no_other(self):
        rows = read("man", "tocsin-qr.1").split(".TS")[1].split(".TE")[0].splitlines()[5:]
        written = {name for row in rows for name in row.split("|")[0].split(", ")}
        told = run(TOCSIN, "qr", "-t", "bogus", "x").err
        self.assertEqual(written, set(re.search(r"there are ([\w, ]+);", told).group(1).split(", ")))

    def test_has_the_exit_statuses_of_help(self):
        written = set(terms(sections("tocsin-qr.1", ".SH")["EXIT STATUS"]))
        told = re.search(r"Exit status: (.*)", help_of(TOCSIN, "qr", "--help"), re.DOTALL).group(1)
        self.assertLessEqual(set(re.findall(r"\b\d\d?\b", told)), written)
        self.assertLessEqual(written, exit_statuses())


class Tocsind8(unittest.TestCase):
    def test_has_every_option_and_no_other(self):
        page = options_of_page(sections("tocsind.8", ".SH")["OPTIONS"])
        self.assertEqual(page, options_of_help(help_of(TOCSIND, "--help")))

    def test_has_the_exit_statuses_of_help(self):
        written = set(terms(sections("tocsind.8", ".SH")["EXIT STATUS"]))
        told = re.search(r"Exit status: (.*)", help_of(TOCSIND, "--help"), re.DOTALL).group(1)
        self.assertLessEqual(set(re.findall(r"\b\d+\b", told)), written)
        self.assertLessEqual(written, exit_statuses())

    def test_has_every_metric_and_no_other(self):
        written = set(terms(sections("tocsind.8", ".SH")["METRICS"]))
        with Daemon() as daemon:
            daemon.emit({"type": "a.b"})
            daemon.stop()
            os.remove(os.path.join(daemon.state, "tocsin.mark"))  # a failure, so that the last error has a time
            daemon.start()
            real = {family["name"] for family in daemon.cli("metrics", "--json").json_lines()[0]["metrics"]}
        self.assertEqual(written, real)


class Readme(unittest.TestCase):
    def setUp(self):
        self.text = read("README.md")

    def blocks(self):
        return re.findall(r"^```(?:sh)?\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)

    def the_block(self, line):
        return next(block for block in self.blocks() if line in block)

    def test_fits_on_two_screens(self):
        self.assertLessEqual(self.text.count("\n"), README_LINES)

    def test_map_names_folders_that_exist(self):
        top, named = "", set()
        for line in self.the_block("common/ ").splitlines():
            for folder in re.findall(r"([\w]+/)", re.split(r" {2,}", line.strip())[0]):
                top = folder if not line.startswith(" ") else top
                path = top if not line.startswith(" ") else top + folder
                named.add(path)
                self.assertTrue(os.path.isdir(os.path.join(SOURCE, path)), path)
        folders = {name + "/" for name in os.listdir(SOURCE)
                   if os.path.isdir(os.path.join(SOURCE, name)) and not name.startswith(".") and name != "build"}
        self.assertLessEqual(folders, named)
        for room in ("common", "daemon", "cli"):
            inner = {f"{room}/{name}/" for name in os.listdir(os.path.join(SOURCE, room))
                     if os.path.isdir(os.path.join(SOURCE, room, name))}
            self.assertEqual(inner, {path for path in named if path.startswith(room + "/") and path != room + "/"})

    def test_programs_and_documents_exist(self):
        programs = set(re.findall(r"(?:^|\s)((?:packaging|tests|share)/[\w./-]+\w)", "\n".join(self.blocks()), re.MULTILINE))
        self.assertLessEqual({"packaging/quickstart", "tests/run", "share/examples/emit.py"}, programs)
        for program in programs:
            mode = os.R_OK if program.endswith(".md") else os.X_OK
            self.assertTrue(os.access(os.path.join(SOURCE, program), mode), program)
        for link in re.findall(r"\]\(([^)]+)\)", self.text):
            self.assertTrue(os.path.exists(os.path.join(SOURCE, link)), link)

    def test_verbs_exist(self):
        used = set(re.findall(r"^tocsin ([\w-]+)", "\n".join(self.blocks()), re.MULTILINE))
        self.assertEqual(used | {"help", "version"}, set(verbs_of_help()))

    def run_line(self, line, daemon):
        """A line as it stands, but for the folder; what follows for ever is ended after a while."""
        endless = "--follow " in line or "subscribe.py" in line
        env = {"PATH": os.path.join(BUILD, "bin") + ":" + os.environ["PATH"], "TOCSIN_SOCKET": daemon.socket}
        words = (["timeout", "2"] if endless else []) + ["bash", "-c", line.replace("/tmp/t/run", daemon.runtime)]
        done = subprocess.run(words, cwd=SOURCE, env={**os.environ, **env}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        self.assertEqual(done.returncode, 124 if endless else 0, (line, done))
        return done.stdout

    def test_tour_works_as_written(self):
        with Daemon() as daemon:
            tour = self.the_block("tocsin emit").splitlines() + self.the_block("emit.py").splitlines()
            for line in filter(None, tour):
                if not line.startswith("curl"):
                    self.run_line(line, daemon)
            self.assertEqual([event["type"] for event in daemon.events()],
                             ["backup.finished", "order.created", "step.done", "step.done", "step.done", "order.paid"])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl_works_as_written(self):
        lines = [line for line in self.the_block("curl").splitlines() if line.startswith("curl")]
        self.assertGreater(len(lines), 1)
        with Daemon() as daemon:
            daemon.emit({"type": "order.created"})
            for line in lines:
                out = self.run_line(line.replace("curl ", "curl -sS --fail-with-body ", 1), daemon)
                self.assertRegex(out, '"events":\\[\\{|"receipts":\\[\\{|"specversion"')


if __name__ == "__main__":
    unittest.main()
