"""Runs every check that needs no running service, and leaves JUnit XML in build/results/lint.xml.

Arguments after -- are the compiler flags for clang-tidy and cppcheck; `make lint` gives them."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

RESULT = pathlib.Path("build/results/lint.xml")


def files(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
                            capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if pathlib.Path(name).is_file()]


def shell_scripts() -> list[str]:
    return [name for name in files("deploy", "tests", ".ci")
            if pathlib.Path(name).read_bytes()[:40].startswith((b"#!/usr/bin/env bash", b"#!/bin/sh", b"#!/bin/bash"))]


def checks(flags: list[str]):
    c, headers = files("service/*.c"), files("service/*.h")
    tests = files("tests/*.c")
    if c or headers or tests:
        yield "clang-format", ["clang-format", "--dry-run", "-Werror", *c, *headers, *tests]
    for name in c:
        yield f"clang-tidy {name}", ["clang-tidy", "--quiet", name, "--", *flags]
    if c:
        defines = [flag for flag in flags if flag.startswith(("-D", "-I"))]
        yield "cppcheck", ["cppcheck", "--quiet", "--std=c11", "--enable=warning,performance,portability",
                           "--inline-suppr", "--error-exitcode=1", "--suppressions-list=tests/lint/cppcheck.txt",
                           "--template=gcc", *defines, *c]
    yield "includes", [sys.executable, "tests/lint/includes.py"]
    yield "tidy", [sys.executable, "tests/lint/tidy.py"]
    yield "lengths", [sys.executable, "tests/lint/lengths.py"]
    yield "present", [sys.executable, "tests/lint/present.py"]
    yield "unused", [sys.executable, "tests/lint/unused.py"]
    yield "clocks", [sys.executable, "tests/lint/clocks.py"]
    yield "sql", [sys.executable, "tests/lint/sql.py"]
    yield "frozen", [sys.executable, "tests/lint/frozen.py"]
    python = files("*.py")
    yield "pyflakes", [sys.executable, "-m", "pyflakes", *python]
    yield "shellcheck", ["shellcheck", *shell_scripts()]


def run(check) -> tuple[str, int, str, float]:
    name, command = check
    if shutil.which(command[0]) is None:
        return name, 127, f"{command[0]} is not installed: make deps", 0.0
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    output = done.stdout + (done.stderr if done.returncode else "")
    return name, done.returncode, output.strip(), time.monotonic() - begun


def main() -> int:
    flags = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    suite = xml.Element("testsuite", name="lint")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        results = list(workers.map(run, checks(flags)))
    for name, status, output, seconds in results:
        case = xml.SubElement(suite, "testcase", name=name, time=f"{seconds:.1f}")
        if status:
            failed += 1
            xml.SubElement(case, "failure").text = output
            print(f"--- {name}: failed\n{output}")
        elif output and not name.startswith("clang-tidy"):
            print(f"--- {name}\n{output}")
    suite.set("tests", str(len(results)))
    suite.set("failures", str(failed))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(suite).write(RESULT)
    print(f"lint: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
