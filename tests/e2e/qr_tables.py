# SPDX-License-Identifier: Apache-2.0
"""What tests of `tocsin qr batch` and `tocsin qr sheet` share."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BINARY = pathlib.Path(os.environ.get("TOCSIN_BUILD", "build/release")).absolute() / "libexec/tocsin/tocsin-qr"


def read_all(images):
    """What zbarimg finds in all of these pictures, in no order."""
    found = subprocess.run(["zbarimg", "-q", "--raw", *map(str, images)], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, timeout=300, check=False)
    return sorted(found.stdout.decode().splitlines())


class TableTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-qr-test."))
        self.addCleanup(shutil.rmtree, self.folder)

    def table(self, text, name="table.csv"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def run_qr(self, *words, stdin=b""):
        return subprocess.run([BINARY, *map(str, words)], input=stdin, capture_output=True, cwd=self.folder,
                              timeout=300, check=False)

    def assert_ends(self, ended, status, *parts):
        message = ended.stderr.decode()
        self.assertEqual(ended.returncode, status, message)
        for part in parts:
            self.assertIn(part, message)
        if status == 0:
            self.assertEqual(message, "")
