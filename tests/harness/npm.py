"""Programs from npm, exactly as a lock file of the repository pins them."""

import pathlib
import shutil
import subprocess

from harness.cluster import alone


def install(source: pathlib.Path) -> pathlib.Path:
    """The folder below build/ with what the lock file of `source` pins, fetched again only when that has changed."""
    build = pathlib.Path("build/npm") / source.resolve().relative_to(pathlib.Path("tests").resolve())
    installed, pinned = build / "package-lock.json", source / "package-lock.json"
    with alone("npm"):
        if installed.is_file() and installed.read_bytes() == pinned.read_bytes():
            return build
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        shutil.copy(source / "package.json", build)
        shutil.copy(pinned, installed)
        try:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=build, check=True)
        except BaseException:
            installed.unlink()
            raise
    return build
