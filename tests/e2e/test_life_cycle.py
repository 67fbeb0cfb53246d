#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a service manager and an administrator see of the daemon's life: readiness, watchdog, stop and restart."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from service_manager import Manager
from test_inherited_sockets import InheritingDaemon
from tocsin_test import TOCSIN, WAIT_SECONDS, Daemon, UnixConnection, eventually


class Notifications(unittest.TestCase):
    def test_ready_comes_when_the_doors_are_open_and_stopping_before_the_end(self):
        with Manager() as manager, Daemon(env=manager.environment()) as daemon:
            ready = manager.hear()
            self.assertEqual(ready.get("READY"), "1")
            self.assertIn("sequence", ready["STATUS"])
            self.assertEqual(daemon.emit({"type": "a"})[0]["sequence"], f"{1:016}")
            daemon.stop()
            self.assertEqual(manager.hear().get("STOPPING"), "1")

    def test_a_reload_is_told_from_its_begin_to_its_end(self):
        """By the protocol of Type=notify-reload, also when nothing has changed and when the file is refused."""
        with Manager() as manager, Daemon(env=manager.environment()) as daemon:
            manager.hear()
            for text in (daemon.config_text, "nonsense = 1\n", 'own_events = false\n[log]\nlevel = "debug"\n'):
                with open(daemon.config_file, "w", encoding="utf-8") as file:
                    file.write(text)
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                daemon.process.send_signal(signal.SIGHUP)
                reloading, ready = manager.hear(), manager.hear()
                self.assertEqual(reloading.get("RELOADING"), "1")
                self.assertGreaterEqual(int(reloading["MONOTONIC_USEC"]), before)
                self.assertEqual(ready.get("READY"), "1")
            self.assertEqual(daemon.cli("log-level").out, "debug\n")

    def test_without_a_watchdog_nothing_more_is_said(self):
        with Manager() as manager, Daemon(env=manager.environment()):
            manager.hear()
            self.assertTrue(manager.silent_for(0.5, "WATCHDOG"))


def received(sock):
    """Everything until the other side closes."""
    return b"".join(iter(lambda: sock.recv(65536), b""))


class Watchdog(unittest.TestCase):
    PERIOD = 400_000  # microseconds that the manager allows

    def environment(self, manager, period=PERIOD):
        return manager.environment(WATCHDOG_USEC=str(period))

    def test_signs_of_life_come_as_long_as_it_serves(self):
        with Manager() as manager, Daemon(env=self.environment(manager)) as daemon:
            for _ in range(5):
                manager.hear_until("WATCHDOG")
            daemon.emit({"type": "a"})

    def test_a_daemon_that_hangs_says_nothing_and_its_events_are_there_after_the_restart(self):
        with Manager() as manager, Daemon(env=self.environment(manager)) as daemon:
            manager.hear_until("WATCHDOG")
            kept = daemon.emit({"type": "kept"})[0]
            daemon.process.send_signal(signal.SIGSTOP)
            self.assertTrue(manager.silent_for(4 * self.PERIOD / 1e6, "WATCHDOG"))
            daemon.kill()  # as the manager does (WatchdogSignal=)
            daemon.start()
            self.assertEqual(daemon.http("GET", f"/v1/events/{kept['sequence']}").json()["type"], "kept")
            manager.hear_until("READY")

    def test_a_busy_daemon_is_not_taken_for_a_hanging_one(self):
        period = 10 * self.PERIOD  # its threads have two seconds for a turn, which they need on a noisy machine
        with Manager() as manager, Daemon(env=self.environment(manager, period)) as daemon:
            lines = "".join(json.dumps({"type": "a", "data": "x" * 1000}) + "\n" for _ in range(20_000))
            busy = [threading.Thread(target=daemon.cli, args=("emit", "--ndjson"), kwargs={"input": lines}) for _ in range(4)]
            for thread in busy:
                thread.start()
            for thread in busy:
                thread.join()
            manager.hear_until("WATCHDOG")
            self.assertNotIn("does not take its turns", daemon.log)


class Stopping(unittest.TestCase):
    def test_what_was_sent_before_the_signal_is_answered(self):
        """Requests that lie in the sockets of a stopped process, which then hears of its end too."""
        with Daemon() as daemon:
            connections = [UnixConnection(daemon.socket) for _ in range(20)]
            for connection in connections:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            daemon.process.send_signal(signal.SIGSTOP)
            daemon.process.send_signal(signal.SIGTERM)
            for number, connection in enumerate(connections):
                connection.request("POST", "/v1/events", json.dumps({"type": "last", "id": f"n{number}"}),
                                   {"Content-Type": "application/json"})
            daemon.process.send_signal(signal.SIGCONT)
            replies = [connection.getresponse() for connection in connections]
            self.assertEqual({reply.status for reply in replies}, {200}, [reply.read() for reply in replies])
            for reply, connection in zip(replies, connections):
                reply.read()
                self.assertEqual(connection.sock.recv(1) if connection.sock else b"", b"", "the connection is closed")
            self.assertEqual(daemon.process.wait(WAIT_SECONDS), 0)
            daemon.start()
            self.assertEqual(daemon.status()["events"], 20)

    def test_a_request_that_has_come_in_part_has_a_second_more(self):
        body = b'{"type":"half"}'
        head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        with Daemon() as daemon, daemon.raw_socket() as whole, daemon.raw_socket() as half:
            for sock in (whole, half):
                sock.sendall(head + body[:5])
            eventually(lambda: daemon.status()["connections"] == 3, "the daemon has both")
            daemon.process.send_signal(signal.SIGSTOP)  # so that the rest is there in time, however slow this machine is
            daemon.process.send_signal(signal.SIGTERM)
            whole.sendall(body[5:])
            daemon.process.send_signal(signal.SIGCONT)
            self.assertTrue(received(whole).startswith(b"HTTP/1.1 200 "))
            answer = received(half)
            self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
            problem = json.loads(answer.partition(b"\r\n\r\n")[2])
            self.assertEqual((problem["code"], problem["reason"]), ("unavailable", "stopping"))
            self.assertEqual(daemon.process.wait(WAIT_SECONDS), 0)
            daemon.start()
            self.assertEqual([event["type"] for event in daemon.events()], ["half"])

    def test_messages_of_the_intake_that_have_come_are_answered(self):
        with Daemon() as daemon:
            dealer = daemon.dealer()
            dealer.send_multipart([b"", b"emit", b"0", b'{"type":"first"}'])
            self.assertEqual(dealer.recv_multipart()[1], b"ok")
            for number in range(500):
                dealer.send_multipart([b"", b"emit", b"%d" % number, b'{"type":"a","id":"i%d"}' % number])
            answered = {dealer.recv_multipart()[2] for _ in range(100)}
            daemon.stop()
            with contextlib.suppress(Exception):
                while True:
                    frames = dealer.recv_multipart(flags=1)
                    if frames[1] == b"ok":
                        answered.add(frames[2])
            daemon.start()
            stored = {event["id"] for event in daemon.events("type=a&limit=1000")}
            self.assertLessEqual({f"i{int(number)}" for number in answered}, stored)

    def test_a_second_signal_ends_it_at_once(self):
        with Daemon() as daemon:
            half = socket.socket(socket.AF_UNIX)
            half.connect(daemon.socket)
            half.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # a stop waits for the rest
            eventually(lambda: daemon.metric("tocsin_http_connections") >= 1, "the connection is there")
            daemon.process.send_signal(signal.SIGTERM)
            eventually(lambda: "stopping" in daemon.log, "it heard the first")
            daemon.process.send_signal(signal.SIGTERM)
            self.assertIn(daemon.process.wait(WAIT_SECONDS), (0, 74))
            half.close()

    def test_idle_connections_and_streams_do_not_hold_up_the_end(self):
        with Daemon() as daemon:
            idle = UnixConnection(daemon.socket)
            idle.request("GET", "/healthz")
            idle.getresponse().read()
            tail = daemon.cli_start("tail", "--follow", "-n", "0")
            eventually(lambda: daemon.metric("tocsin_http_connections") >= 2, "both are there")
            daemon.stop()
            tail.kill()


class OwnEvents(unittest.TestCase):
    def shown(self, daemon, *words):
        ran = daemon.cli("tail", "--daemon", "--since", "beginning", "--json", *words)
        self.assertEqual(ran.status, 0, ran)
        return ran.json_lines()

    def test_starts_and_stops_are_events_of_the_log(self):
        with Daemon(own_events=True) as daemon:
            daemon.emit({"type": "a"})
            pid = daemon.pid
            daemon.restart()
            events = self.shown(daemon)
            self.assertEqual([event["type"] for event in events],
                             ["tocsin.daemon.started", "tocsin.daemon.stopped", "tocsin.daemon.started"])
            self.assertEqual(events[0]["data"]["pid"], pid)
            self.assertEqual(events[1]["data"]["reason"], "TERM")
            self.assertEqual(events[2]["data"]["head"], f"{3:016}")
            self.assertEqual({(event["authtype"], event["authid"]) for event in events}, {("system", "tocsind")})
            self.assertEqual([event["type"] for event in daemon.cli("tail", "--since", "beginning", "--json").json_lines()], ["a"])

    def test_a_kill_leaves_a_start_without_a_stop(self):
        with Daemon(own_events=True) as daemon:
            daemon.kill()
            daemon.start()
            self.assertEqual([event["type"] for event in self.shown(daemon)], ["tocsin.daemon.started"] * 2)

    def test_they_can_be_switched_off(self):
        with Daemon("own_events = false\n", own_events=True) as daemon:
            daemon.restart()
            self.assertEqual(self.shown(daemon), [])

    def test_no_client_can_forge_them_and_the_attempt_is_one(self):
        with Daemon(own_events=True) as daemon:
            self.assertEqual(daemon.cli("emit", "tocsin.daemon.stopped").status, 77)
            started, refused = self.shown(daemon)
            self.assertEqual((started["type"], refused["type"]), ("tocsin.daemon.started", "tocsin.daemon.refused"))
            self.assertEqual((refused["data"]["cause"], refused["data"]["what"]), ("denied", "POST /v1/events"))

    def test_a_reload_that_changes_something_is_one(self):
        with Daemon(own_events=True) as daemon:
            self.assertEqual(daemon.cli("reload").status, 0)
            with open(daemon.config_file, "a", encoding="utf-8") as file:
                file.write('[log]\nlevel = "debug"\n')
            self.assertEqual(daemon.cli("reload").status, 0)
            self.assertEqual([event["data"]["changed"] for event in self.shown(daemon)
                              if event["type"] == "tocsin.daemon.reloaded"], [["log.level"]])


class HeldSockets(InheritingDaemon):
    """Its sockets belong to the test, as to a service manager: they stay while the daemon is exchanged."""

    def bound(self, name):
        if not hasattr(self, "held"):
            self.held = {}
        if name not in self.held:
            self.held[name] = super().bound(name)
        return self.held[name]


class Restart(unittest.TestCase):
    EMITTERS = 4
    RESTARTS = 5

    def emit_until(self, over, daemon, results):
        while not over.is_set():
            ran = subprocess.run([TOCSIN, "--socket", daemon.socket, "emit", "under.load", "--json", "--timeout", "20s"],
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            results.append(ran)

    def test_a_restart_with_held_sockets_refuses_nobody(self):
        with HeldSockets({"api": None, "intake": None, "feed": None}) as daemon:
            over, results = threading.Event(), []
            emitters = [threading.Thread(target=self.emit_until, args=(over, daemon, results)) for _ in range(self.EMITTERS)]
            for emitter in emitters:
                emitter.start()
            try:
                for _ in range(self.RESTARTS):
                    before = len(results)
                    eventually(lambda: len(results) >= before + 10, "events come in")
                    daemon.restart()
            finally:
                over.set()
                for emitter in emitters:
                    emitter.join()
            refused = [ran for ran in results if ran.returncode != 0]
            self.assertEqual(refused, [])
            acknowledged = [json.loads(ran.stdout)["id"] for ran in results]
            stored = [event["id"] for event in daemon.events("type=under.load&limit=1000")]
            self.assertEqual(sorted(acknowledged), sorted(stored))

    @unittest.skipUnless(os.path.exists("/usr/bin/systemd-socket-activate"), "systemd-socket-activate is not installed")
    def test_under_systemd_socket_activate(self):
        with tempfile.TemporaryDirectory(prefix="activate-") as folder:
            path = os.path.join(folder, "held.sock")
            daemon = Daemon(wrapper=["systemd-socket-activate", "-l", path, "--fdname=api"])
            daemon.is_ready = lambda: os.path.exists(path)  # it is started by the first connection
            with daemon:
                daemon.socket = path
                started = time.monotonic()
                self.assertEqual(daemon.cli("emit", "a", "--timeout", "20s").status, 0, started)
                self.assertIn(f"unix:{path}", [listener["address"] for listener in daemon.status()["listeners"]])
                daemon.stop()


if __name__ == "__main__":
    unittest.main()
