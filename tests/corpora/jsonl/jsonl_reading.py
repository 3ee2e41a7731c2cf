"""Records of annotations, and what comes of reading them."""

import json
import re

import pytest

from tagger.corpora.jsonl.reader import read_jsonl
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence, Token

POLICIES = (
    "Say what becomes of such spans: corpus.misaligned: snap in the recipe, --misaligned snap of `tagger data convert`\n"
    "(snap: widened to whole tokens; split: the tokens are split; drop: left out)."
)


def name_it(task, key):
    return f"Name the key: corpus.columns: {{{task}: {key}}} in the recipe, --columns {task}={key} of `tagger data`."


def words(text):
    """A text with its words and signs as tokens."""
    return Sentence(text, tuple(Token(match.group(), *match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)))


def full_stops(text):
    """Sentences that end behind each full stop."""
    return [match.span() for match in re.finditer(r"\S[^.]*\.?", text)]


def read(*records, tasks=None, notes=None, **settings):
    """The sentences of records, given as JSON values or as lines."""
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    settings = {"tokenize": words, "note": (notes if notes is not None else []).append, **settings}
    return list(read_jsonl(enumerate(lines, 1), "in.jsonl", tasks or {"ner": None}, **settings))


def refused(*records, **settings):
    with pytest.raises(CorpusError) as caught:
        read(*records, **settings)
    return caught.value


def spans(text, *found, **keys):
    return {"text": text, "spans": [dict(zip(("start", "end", "label"), span, strict=True)) for span in found], **keys}


MERKEL = "Angela Merkel rests."
