"""The schemas of what is written for other programs lie beside the code, are those of the models, and explain every field."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from tagger.comparison import comparison
from tagger.comparison.comparison import Comparison
from tagger.evaluation import report
from tagger.evaluation.report import Report

SCHEMAS = {
    Report: Path(report.__file__).with_name("report.schema.json"),
    Comparison: Path(comparison.__file__).with_name("comparison.schema.json"),
}
WRITE = "PYTHONPATH=.:tests/comparison python -c 'import test_schemas as t; t.write()'"


def written_schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), indent=1, sort_keys=True) + "\n"


def write():
    for model, path in SCHEMAS.items():
        path.write_text(written_schema(model), "utf-8")


@pytest.mark.parametrize("model", SCHEMAS)
def test_the_schema_beside_the_code_is_that_of_the_models(model):
    assert SCHEMAS[model].read_text("utf-8") == written_schema(model), (
        f"{model.__name__} has changed. Raise VERSION if a reader of older files would misread it, then write it anew:\n  {WRITE}"
    )


@pytest.mark.parametrize("model", SCHEMAS)
def test_the_schema_describes_every_field(model):
    schema = model.model_json_schema()
    parts = {model.__name__: schema, **schema["$defs"]}
    assert len(parts) > 10
    missing = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert missing == []
