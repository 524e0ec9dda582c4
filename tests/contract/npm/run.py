"""Checks of the bundled contract by other people's programs, and JUnit XML in build/results/npm.xml:
Redocly's lint without errors, and a client generated from it that TypeScript compiles."""

import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path("build/npm/contract")
CONTRACT = "build/openapi.yaml"
CHECKS = {
    "redocly lint": ["redocly", "lint", "--extends=recommended", "--format=stylish", CONTRACT],
    "generated client": ["openapi-typescript", CONTRACT, "-o", f"{BUILD}/client.ts"],
    "client compiles": ["tsc", "--noEmit", "--strict", f"{BUILD}/client.ts"],
}


def install() -> None:
    """What the lock file pins, again only when it changed."""
    installed, pinned = BUILD / "package-lock.json", HERE / "package-lock.json"
    if installed.is_file() and installed.read_bytes() == pinned.read_bytes():
        return
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    shutil.copy(HERE / "package.json", BUILD)
    shutil.copy(pinned, installed)
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=BUILD, check=True)
    except BaseException:
        installed.unlink()
        raise


def main() -> int:
    install()
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
