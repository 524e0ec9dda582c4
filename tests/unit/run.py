"""Runs cmocka programs, shows what failed, and leaves JUnit XML in the folder that is the first argument.
Those that need PostgreSQL find the tests' cluster in KIKI_TEST_DATABASE and make a database of their own in it."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, "tests")
from harness.cluster import FOLDER, Cluster  # noqa: E402

RESULTS = pathlib.Path(sys.argv[1])
# More than the cores, as many tests wait for a clock.
WORKERS = 4
# Takes a role away for a moment, which all databases of the cluster share.
ALONE = {"test_migrate"}


def start_postgres() -> None:
    cluster = Cluster()
    cluster.drop_leftovers()
    os.environ["KIKI_TEST_DATABASE"] = cluster.conninfo("postgres", "postgres")
    os.environ["PGPASSFILE"] = str((FOLDER / "pgpass").resolve())


def run(program: pathlib.Path) -> tuple[int, int]:
    """(tests, failures). A program that dies before its report counts as one failure."""
    report = RESULTS / f"{program.name}.xml"
    report.unlink(missing_ok=True)
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="XML", CMOCKA_XML_FILE=str(report))
    try:
        done = subprocess.run([program], env=environment, capture_output=True, text=True, errors="replace", timeout=300)
        status, output = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        status, output = -1, f"still running after {late.timeout:.0f} s\n"
    tests = failures = 0
    try:
        for suite in xml.parse(report).getroot().iter("testsuite"):
            tests += int(suite.get("tests", 0))
            failures += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            for case in suite.iter("testcase"):
                for failure in case.iter("failure"):
                    print(f"  {program.name}: {case.get('name')}: {(failure.text or '').strip()}")
    except (OSError, xml.ParseError):
        pass
    if status != 0 and failures == 0 or tests == 0:
        # A crash, a sanitizer's report or a failing group fixture.
        suite = xml.Element("testsuite", name=program.name, tests="1", failures="1")
        case = xml.SubElement(suite, "testcase", name="exit")
        xml.SubElement(case, "failure").text = f"ended with {status}"
        xml.ElementTree(suite).write(report)
        tests, failures = max(tests, 1), 1
    said = f"{program.name}: {tests} tests, {failures} failed"
    print(f"{said}\n{output}" if failures else said, flush=True)
    return tests, failures


def main() -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    start_postgres()
    for old in RESULTS.glob("*.xml"):
        old.unlink()
    programs = [pathlib.Path(argument) for argument in sys.argv[2:]]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
        results = list(workers.map(run, (program for program in programs if program.name not in ALONE)))
    results += [run(program) for program in programs if program.name in ALONE]
    tests, failures = (sum(column) for column in zip(*results)) if results else (0, 0)
    print(f"unit: {tests - failures} passed, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
