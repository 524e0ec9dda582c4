"""Counts the JUnit reports in build/results/ and ends with `N passed, N failed, N skipped`."""

import pathlib
import sys
import xml.etree.ElementTree as xml

RESULTS = pathlib.Path("build/results")


def count(report: pathlib.Path) -> tuple[int, int, int]:
    """(passed, failed, skipped)"""
    tests = failed = skipped = 0
    for suite in xml.parse(report).getroot().iter("testsuite"):
        tests += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return tests - failed - skipped, failed, skipped


def main() -> int:
    totals: dict[str, list[int]] = {}
    for report in sorted(RESULTS.rglob("*.xml")):
        name = report.relative_to(RESULTS).parts[0].removesuffix(".xml")
        counted = totals.setdefault(name, [0, 0, 0])
        for i, number in enumerate(count(report)):
            counted[i] += number
    for name, (passed, failed, skipped) in totals.items():
        print(f"{name:<16} {passed:>6} passed {failed:>4} failed {skipped:>4} skipped")
    passed, failed, skipped = (sum(column) for column in zip(*totals.values())) if totals else (0, 0, 0)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
