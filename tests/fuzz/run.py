"""Runs libFuzzer programs for a fixed time each, one on each core, seeded from tests/fuzz/corpus/<name>/, and leaves JUnit XML in
build/results/fuzz.xml. What is found stays in build/fuzz/corpus/<name>/, what crashes in build/fuzz/crashes/."""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

RESULT = pathlib.Path("build/results/fuzz.xml")


def run(program: pathlib.Path, seconds: int) -> str:
    """What went wrong, or the empty string."""
    seeds = pathlib.Path("tests/fuzz/corpus") / program.name
    grown = pathlib.Path("build/fuzz/corpus") / program.name
    crashes = pathlib.Path("build/fuzz/crashes")
    grown.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
               "-verbosity=0", f"-artifact_prefix={crashes}/{program.name}-", grown]
    if seeds.is_dir():
        command.append(seeds)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{program.name}: {runs} inputs in {seconds} s, {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode != 0:
        print(done.stderr[-8000:])
        return f"ended with {done.returncode}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("programs", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    suite = xml.Element("testsuite", name="fuzz", tests=str(len(options.programs)))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        results = list(workers.map(lambda program: run(program, options.seconds), options.programs))
    for program, wrong in zip(options.programs, results):
        case = xml.SubElement(suite, "testcase", name=program.name)
        if wrong:
            xml.SubElement(case, "failure").text = wrong
            failed += 1
    suite.set("failures", str(failed))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(suite).write(RESULT)
    print(f"fuzz: {len(options.programs) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
