"""The contract's own scripts, as the tests call them."""

import pathlib
import sys

import pytest

from contract.widgets import SHARED

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "openapi"))
import load  # noqa: E402


@pytest.fixture
def merge(tmp_path):
    """merge(text of stock/widgets.yaml) -> (the merged contract, what is wrong)."""

    def run(text, shared=SHARED):
        (tmp_path / "stock").mkdir(exist_ok=True)
        (tmp_path / "openapi.yaml").write_text(shared)
        (tmp_path / "stock/widgets.yaml").write_text(text)
        complaints = load.Complaints()
        return load.merge(tmp_path, complaints), complaints

    return run


@pytest.fixture
def expanded(merge):
    def run(text):
        document, complaints = merge(text)
        assert complaints == []
        return document

    return run
