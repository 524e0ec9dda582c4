"""The bench measures the statements that the service sends: those it names are there, with the parameters it gives."""

import ast
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "service" / "db"))
import statements  # noqa: E402

NAMED = [(call.args[0].value, call.args[1].value, {keyword.arg for keyword in call.keywords})
         for call in ast.walk(ast.parse((ROOT / "tests/bench/scenarios.py").read_text()))
         if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "statement"]


@pytest.mark.parametrize("file, name, given", NAMED, ids=[name for _, name, _ in NAMED])
def test_a_statement_of_the_bench_is_one_of_the_service(file, name, given):
    path = ROOT / "service" / file
    found = {statement.name: statement for statement in statements.read_file(path.read_text(), path.stem, path.parent)}
    assert {parameter.name for parameter in found[name].parameters if not parameter.optional} <= given
