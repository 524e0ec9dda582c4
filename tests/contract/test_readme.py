"""The README tells the truth about what can be set."""

import os
import pathlib
import re
import subprocess


def test_the_table_of_settings_is_the_programs_own():
    told = re.search(r"<!-- settings.*?-->\n(.*?)\n<!-- /settings -->", pathlib.Path("README.md").read_text(), re.S)[1]
    binary = os.environ.get("KIKI", "build/default/kiki")
    assert told == subprocess.run([binary, "config"], capture_output=True, text=True, check=True).stdout.strip()
