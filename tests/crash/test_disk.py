# SPDX-License-Identifier: Apache-2.0
"""The parts of `powercut` itself: what a disk may hold after a cut, and how a trace is read."""
import os
import random
import tempfile
import unittest

from disk import SECTOR, Disk, Fate, File
from trace import Call, Trace


def write(begin, offset, data, end=None):
    return Call("pwrite64", begin, end or begin, "db", data=data, offset=offset)


class FileTest(unittest.TestCase):
    def images(self, file, fate, tries=200):
        return {bytes(file.image(fate, random.Random(number))) for number in range(tries)}

    def test_what_is_synced_is_there_whatever_comes(self):
        file = File()
        file.pending = [write(1, 0, b"aa"), write(2, 2, b"bb")]
        file.sync(3)
        for fate in Fate:
            self.assertEqual(self.images(file, fate), {b"aabb"})

    def test_what_is_not_synced_is_there_or_not(self):
        file = File()
        file.pending = [write(1, 0, b"aa"), write(2, 2, b"bb")]
        self.assertEqual(self.images(file, Fate.NONE), {b""})
        self.assertEqual(self.images(file, Fate.ALL), {b"aabb"})
        self.assertEqual(self.images(file, Fate.SOME), {b"", b"aa", b"\0\0bb", b"aabb"})

    def test_a_sync_covers_only_what_had_returned_when_it_began(self):
        file = File()
        file.pending = [write(1, 0, b"a"), write(2, 1, b"b", end=6)]
        file.sync(5)
        self.assertEqual((bytes(file.base), len(file.pending)), (b"a", 1))

    def test_a_torn_write_breaks_between_sectors_only(self):
        file = File()
        file.pending = [write(1, 100, b"x" * 1000)]
        pieces = [(100, 512), (512, 1024), (1024, 1100)]
        seen = self.images(file, Fate.TORN)
        for image in seen:
            for first, last in pieces:
                self.assertIn(image[first:last].strip(b"\0"), (b"", b"x" * (last - first)))
        self.assertEqual(len({tuple(image[first:first + 1] == b"x" for first, _ in pieces) for image in seen}), 8)
        self.assertEqual(SECTOR, 512)

    def test_a_file_is_shortened_or_not(self):
        file = File()
        file.base, file.pending = bytearray(b"abcd"), [Call("ftruncate", 1, 1, "db", length=1)]
        self.assertEqual(self.images(file, Fate.SOME), {b"abcd", b"a"})


class DiskTest(unittest.TestCase):
    def disk(self, *calls):
        disk = Disk()
        for call in calls:
            disk.begin(call)
            disk.end(call)
        return disk

    def names(self, disk):
        return {tuple(sorted(disk.images(random.Random(number))[0])) for number in range(100)}

    def test_a_new_name_is_certain_when_its_folder_was_synced(self):
        create, sync = Call("create", 1, 1, "db"), Call("sync", 3, 3, "db")
        self.assertEqual(self.names(self.disk(create, write(2, 0, b"a"), sync)), {(), ("db",)})
        self.assertEqual(self.names(self.disk(create, sync, Call("sync_folder", 4, 4))), {("db",)})

    def test_names_come_and_go_in_their_order(self):
        calls = [Call("create", 1, 1, "db"), Call("create", 2, 2, "wal"), Call("unlink", 3, 3, "db")]
        self.assertEqual(self.names(self.disk(*calls)), {(), ("db",), ("db", "wal"), ("wal",)})

    def test_a_sync_counts_when_it_has_returned(self):
        disk = self.disk(Call("create", 1, 1, "db"), Call("sync_folder", 2, 2), write(3, 0, b"a"))
        sync = Call("sync", 4, 9, "db")
        disk.begin(sync)
        self.assertEqual(bytes(disk.names["db"].base), b"")
        disk.end(sync)
        self.assertEqual(bytes(disk.names["db"].base), b"a")


class TraceTest(unittest.TestCase):
    def trace(self, *lines, left=None):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            with open(path, "wb") as file:
                file.write(b"".join(line + b"\n" for line in lines))
            trace = Trace("/s")
            trace.add(path, left or {})
        return trace

    OPEN = rb'7 openat(AT_FDCWD</>, "/s/db", O_RDWR|O_CREAT, 0600) = 5</s/db>'

    def test_calls_upon_the_store(self):
        trace = self.trace(self.OPEN, rb'7 pwrite64(5</s/db>, "a\0\n\"", 4, 8) = 4', b"7 fdatasync(5</s/db>) = 0",
                           b"7 ftruncate(5</s/db>, 3) = 0", b"7 fsync(6</s>) = 0", rb'7 unlink("/s/db") = 0',
                           rb'7 pwrite64(9</t/db>, "a", 1, 0) = 1', b"7 fdatasync(5</s/db>) = -1 EIO (Input/output error)")
        self.assertEqual([call.name for call in trace.calls],
                         ["create", "pwrite64", "sync", "ftruncate", "sync_folder", "unlink"])
        self.assertEqual((trace.calls[1].data, trace.calls[1].offset, trace.calls[3].length), (b'a\0\n"', 8, 3))

    def test_a_call_that_others_interrupted(self):
        trace = self.trace(self.OPEN, rb'7 pwrite64(5</s/db>, "ab", 2, 0 <unfinished ...>', b"8 fsync(5</s/db>) = 0",
                           b"7 <... pwrite64 resumed>) = 1")
        self.assertEqual([(call.name, call.begin, call.end, call.data) for call in trace.calls[1:]],
                         [("pwrite64", 1, 3, b"a"), ("sync", 2, 2, b"")])

    def test_a_call_that_never_returned_did_what_is_seen(self):
        lines = [self.OPEN, rb'7 pwrite64(5</s/db>, "ab", 2, 0 <unfinished ...>', rb'8 pwrite64(5</s/db>, "cd", 2, 2) = ? <unavailable>']
        self.assertEqual(len(self.trace(*lines, left={"db": b"abxx"}).calls), 2)
        odd = rb'8 pwrite64(5</s/db>, "cd", 2, 2) = -1 (errno 18446744073709551577)'
        self.assertEqual(self.trace(self.OPEN, odd, left={"db": b"xxcd"}).calls[-1].data, b"cd")
        self.assertEqual(self.trace(*lines, left={"db": b"xxcd"}).calls[-1].data, b"cd")
        self.assertEqual([call.data for call in self.trace(*lines, left={"db": b"axxx"}).calls[1:]], [b"a"])

    def test_an_acknowledgement_counts_when_its_end_is_sent(self):
        receipt = rb'{\"id\":\"i\",\"sequence\":\"0000000000000004\",\"duplicate\":false}'
        trace = self.trace(b'7 sendto(9<socket:[1]>, "x' + receipt[:20] + b'", 99, 0, NULL, 0) = 99', b"7 fsync(6</s>) = 0",
                           b'7 sendmsg(9<socket:[1]>, {msg_iov=[{iov_base="' + receipt[20:] + b'", iov_len=9}], msg_iovlen=1}, 0) = 99')
        self.assertEqual([tuple(told) for told in trace.acknowledged], [(2, 4, "i")])


if __name__ == "__main__":
    unittest.main()
