"""A numbered migration is never edited once it is there: databases that have run it would not get the edit. Each is the same
as in the commit that added it, or, of those that are older than this check, as in the commit that added the check."""

import pathlib
import subprocess
import sys

CHECK = "tests/lint/frozen.py"


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def added(path: str) -> str:
    """The commit that added it; empty when it is not yet committed."""
    return git("log", "--format=%H", "--diff-filter=A", "--", path).strip().rpartition("\n")[2]


def main() -> int:
    if git("rev-parse", "--is-shallow-repository").strip() == "true":
        print("the history is not here, so nothing can be told")
        return 0
    begun, wrong = added(CHECK), []
    if not begun:
        print("this check is not committed yet")
        return 0
    frozen = set(git("ls-tree", "--name-only", begun, "migrations/").split())
    files = sorted(str(path) for path in pathlib.Path("migrations").glob("[0-9]*.sql"))
    for path in files:
        commit = begun if path in frozen else added(path)
        if commit and git("show", f"{commit}:{path}") != pathlib.Path(path).read_text(encoding="utf-8"):
            wrong.append(f"{path} was edited since {commit[:12]}: write the next one instead")
    wrong += [f"{path} is gone" for path in sorted(frozen) if path.endswith(".sql") and path not in files]
    print("\n".join(wrong) or f"{len(files)} migrations are as they were")
    return 1 if wrong else 0


sys.exit(main())
