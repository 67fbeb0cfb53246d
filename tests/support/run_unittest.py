#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one file of unittest cases: run_unittest.py NAME FILE [unittest's arguments].

Which cases passed, failed or were skipped is kept in $TOCSIN_BUILD/Testing/cases/NAME.json for tests/tidy/index_check.
Skipped cases are named and never count as passed: when all were skipped, the exit status is 77.
"""
import importlib.machinery
import importlib.util
import json
import os
import sys
import unittest

SKIPPED = 77


class Result(unittest.TextTestResult):
    """Keeps what became of each case, by `Class.test_name`. A failed subtest fails its case."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = {}

    def _note(self, test, outcome):
        name = ".".join(test.id().split(".")[-2:])
        if self.cases.get(name) != "failed":
            self.cases[name] = outcome

    def addSuccess(self, test):
        super().addSuccess(test)
        self._note(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, "failed")

    def addError(self, test, err):
        super().addError(test, err)
        self._note(test, "failed")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped")
        print(f"skipped: {test.id().split('.', 1)[-1]}: {reason}", flush=True)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._note(test, "failed")


def load(path):
    """Imports a file by its path; its own folder and tests/support can be imported from."""
    sys.path[:0] = [os.path.dirname(os.path.abspath(path)), os.path.dirname(os.path.abspath(__file__))]
    loader = importlib.machinery.SourceFileLoader("cases", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("cases", loader))
    sys.modules["cases"] = module
    loader.exec_module(module)
    return module


def keep(name, cases):
    folder = os.path.join(os.environ.get("TOCSIN_BUILD", "."), "Testing", "cases")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"test": name, "cases": cases}, file, indent=1, sort_keys=True)
    os.replace(path + ".new", path)


def main():
    sys.dont_write_bytecode = True
    name, path, *rest = sys.argv[1:]
    keep(name, {})  # a run that dies half-way must not leave the last run's outcome
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    program = unittest.main(module=load(path), argv=[path, *rest], testRunner=runner, exit=False)
    cases = program.result.cases
    keep(name, cases)
    if not program.result.wasSuccessful() or not cases:
        return 1
    if any(outcome != "skipped" for outcome in cases.values()):
        return 0
    print("[  SKIPPED ] every case")  # the line by which tests/tidy/index_check knows
    return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
