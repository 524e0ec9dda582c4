"""Checks of the bundled contract by other people's programs, and JUnit XML in build/results/npm.xml:
Redocly's lint without errors, and a client generated from it that TypeScript compiles."""

import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, "tests")
from harness.npm import install  # noqa: E402

BUILD = pathlib.Path("build/npm/contract/npm")
CONTRACT = "build/openapi.yaml"
CHECKS = {
    "redocly lint": ["redocly", "lint", "--extends=recommended", "--format=stylish", CONTRACT],
    "generated client": ["openapi-typescript", CONTRACT, "-o", f"{BUILD}/client.ts"],
    "client compiles": ["tsc", "--noEmit", "--strict", f"{BUILD}/client.ts"],
}


def main() -> int:
    assert install(pathlib.Path("tests/contract/npm")) == BUILD
    suite = xml.Element("testsuite", name="npm", tests=str(len(CHECKS)))
    failed = 0
    for name, command in CHECKS.items():
        program = BUILD / "node_modules/.bin" / command[0]
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, errors="replace")
        case = xml.SubElement(suite, "testcase", name=name)
        print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}")
        if done.returncode:
            failed += 1
            xml.SubElement(case, "failure").text = f"ended with {done.returncode}"
            print(done.stdout[-8000:] + done.stderr[-4000:])
    suite.set("failures", str(failed))
    result = pathlib.Path("build/results/npm.xml")
    result.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(suite).write(result)
    print(f"npm: {len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
