#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A user's own bus: where it lies, and that the command line finds it there."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from tocsin_test import TOCSIN, TOCSIND, WAIT_SECONDS, eventually, run

EVERYTHING_OF_THE_BUS = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TOCSIN_SOCKET")


class UserBus(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="u-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.home)
        plain = {name: value for name, value in os.environ.items() if name not in EVERYTHING_OF_THE_BUS}
        self.env = {**plain, "HOME": self.home, "XDG_RUNTIME_DIR": self.path("run")}
        os.mkdir(self.path("run"), 0o700)

    def path(self, *names):
        return os.path.join(self.home, *names)

    def start(self, *words, **env):
        with open(self.path("log"), "ab") as log:
            process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", TOCSIND, "--user", *words], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env={**self.env, **env})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def tocsin(self, *words, **env):
        done = subprocess.run([TOCSIN, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**self.env, **env})
        return done.returncode, done.stdout, done.stderr

    def await_socket(self, *names):
        eventually(lambda: os.path.exists(self.path(*names)), "the socket is there")
        eventually(lambda: self.tocsin("status")[0] == 0, "it serves")

    def test_state_socket_and_discovery(self):
        self.start()
        self.await_socket("run", "tocsin", "tocsin.sock")
        self.assertTrue(os.path.exists(self.path(".local", "state", "tocsin", "tocsin.db")))
        self.assertEqual(os.stat(self.path(".local", "state", "tocsin")).st_mode & 0o027, 0)
        self.assertEqual(self.tocsin("emit", "a.b")[0], 0)
        self.assertIn("a.b", self.tocsin("tail", "-n", "1")[1])

    def test_the_variables_of_the_specification(self):
        env = {"XDG_STATE_HOME": self.path("s"), "XDG_CONFIG_HOME": self.path("c")}
        os.makedirs(self.path("c", "tocsin"))
        with open(self.path("c", "tocsin", "tocsin.toml"), "w", encoding="utf-8") as file:
            file.write('[log]\nlevel = "debug"\n')
        self.env.update(env)
        self.start()
        self.await_socket("run", "tocsin", "tocsin.sock")
        self.assertTrue(os.path.exists(self.path("s", "tocsin", "tocsin.db")))
        status, out, _ = self.tocsin("config", "show", "--user")
        self.assertEqual(status, 0)
        self.assertIn(self.path("c", "tocsin", "tocsin.toml") + ":2:", out)
        self.assertIn(f'state = "{self.path("s", "tocsin")}"', out)

    def test_a_mistake_in_the_users_file_is_told(self):
        os.makedirs(self.path(".config", "tocsin"))
        with open(self.path(".config", "tocsin", "tocsin.toml"), "w", encoding="utf-8") as file:
            file.write("nonsense = 1\n")
        ran = run(TOCSIND, "--user", env=self.env)
        self.assertEqual(ran.status, 78)
        self.assertIn(self.path(".config", "tocsin", "tocsin.toml") + ":1:1:", ran.err)

    def test_without_a_home_it_says_what_to_set(self):
        env = {name: value for name, value in self.env.items() if name != "HOME"}
        done = subprocess.run([TOCSIND, "--user"], env=env, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS)
        self.assertEqual(done.returncode, 78)
        self.assertIn("HOME", done.stderr)

    def test_a_stopped_bus_is_still_the_users(self):
        daemon = self.start()
        self.await_socket("run", "tocsin", "tocsin.sock")
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(WAIT_SECONDS), 0)
        status, _, err = self.tocsin("tail")
        self.assertEqual(status, 69)
        self.assertIn(self.path("run", "tocsin", "tocsin.sock"), err)

    def test_what_waits_in_the_spool_waits_for_a_restored_store(self):
        """The user's spool lies within the state folder that a restore exchanges."""
        daemon = self.start()
        self.await_socket("run", "tocsin", "tocsin.sock")
        self.assertEqual(self.tocsin("emit", "a", "--id", "kept")[0], 0)
        self.assertEqual(self.tocsin("backup", self.path("backup.db"))[0], 0)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(WAIT_SECONDS)
        self.assertEqual(self.tocsin("emit", "a", "--id", "waits")[0], 0)
        status, _, err = self.tocsin("restore", "--user", "--replace", self.path("backup.db"))
        self.assertEqual(status, 0, err)
        self.start()
        self.await_socket("run", "tocsin", "tocsin.sock")

        def ids():
            lines = self.tocsin("tail", "--since", "beginning", "--json")[1].splitlines()
            return [json.loads(line)["id"] for line in lines]

        eventually(lambda: ids() == ["kept", "waits"], "both are stored, in order")


if __name__ == "__main__":
    unittest.main()
