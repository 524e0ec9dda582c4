"""Development keys and the tokens signed with them, both made by the service's own sub-command."""

import functools
import os
import pathlib
import subprocess

from harness.cluster import alone

BINARY = pathlib.Path(os.environ.get("KIKI", "build/default/kiki")).resolve()


class Keys:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder.resolve()
        with alone("keys"):
            if not self.folder.exists():
                self.folder.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run([BINARY, "token", "--new-keys", self.folder], check=True)

    def environment(self) -> dict[str, str]:
        return {"KIKI_ISSUERS": str(self.folder / "issuers.json"), "KIKI_KEY_FILE": str(self.folder / "secrets")}

    @functools.lru_cache(maxsize=None)
    def token(self, *arguments: str) -> str:
        command = [BINARY, "token", "--key", self.folder / "development.key", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def staff_token(self, number: str) -> str:
        return self.token("--staff", number)

    def client_token(self, client_id: str, scopes: str) -> str:
        return self.token("--client", client_id, "--scopes", scopes)
