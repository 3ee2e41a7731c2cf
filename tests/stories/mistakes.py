"""Users' mistakes, a row each: the files that hold them, the command, and word for word what it must say."""

import gzip
import json
from typing import NamedTuple

RECIPE = """\
corpus:
  kind: columns
  path: corpus
  columns: [word, upos, ner]
  schemes: {ner: iob2}
tasks:
  ner: {scheme: iobes}
embeddings:
  - {kind: words, width: 4}
encoder: {hidden: 4}
training: {epochs: 1, device: cpu}
"""
SHIPPED = (
    "Give a file, or one of conll, conll2000, conll_multitask, conll_transformer, ewt_multitask, ewt_pos, intents, quickstart "
    "(tagger recipes ls)."
)
RUNS = "Give the folder of a finished run, such as runs/quickstart; `tagger train RECIPE` makes one."
COLUMNS = "Each line must hold word, upos and ner: corpus.columns in the recipe, or --columns."
MEND = (
    "Mend the tag, or name the scheme of the file: corpus.schemes.ner or --scheme ner=... (now iob2);\n"
    "  corpus.repair or --repair (conlleval, promote, strict-drop) reads over such faults and counts them."
)
VECTORS = "Each line must hold a word and its vector, separated by single spaces, as GloVe, word2vec and fastText write them."
SIZES = "sentences: train 6, dev 3, test 3\n"
CONLLU_ROW = b"1\tAnn" + b"\t_" * 8 + b"\n"


class Row(NamedTuple):
    """Files that are put into the folder (None: taken away), the command, and all that it says."""

    files: dict[str, bytes | None]
    command: str
    message: str


def corpus_row(path: str, content: bytes | None, message: str) -> Row:
    return Row({f"corpus/{path}": content}, "train recipe.yaml --output out", message)


def vectors_row(content: bytes, message: str, name: str = "vectors.txt") -> Row:
    return Row({name: content}, f"train recipe.yaml --output out --vectors {name}", SIZES + message)


def model_row(files: dict[str, bytes | None], message: str) -> Row:
    return Row({f"run/model/{name}": content for name, content in files.items()}, "tag run text.txt --output out.txt", message)


def tag_row(name: str, content: bytes, message: str) -> Row:
    return Row({name: content}, f"tag run {name} --output out.txt", message)


def recipe_row(changes: str, message: str, recipe: str = RECIPE) -> Row:
    return Row({"recipe.yaml": recipe.encode()}, f"train recipe.yaml --output out {changes}", message)


CORPUS = {
    "a column too few": corpus_row(
        "train.txt",
        b"Ann PROPN B-PER\nsees VERB\n",
        f"corpus/train.txt:2:10: 2 columns where 3 were expected: 'sees VERB'\n  {COLUMNS}",
    ),
    "a column too many": corpus_row(
        "dev.txt", b"Ann PROPN B-PER x\n", f"corpus/dev.txt:1:17: 4 columns where 3 were expected: 'Ann PROPN B-PER x'\n  {COLUMNS}"
    ),
    "a comment": corpus_row(
        "test.txt",
        b"Ann PROPN B-PER\n\n# text = x\nBo PROPN O\n",
        f"corpus/test.txt:3:10: 4 columns where 3 were expected: '# text = x'\n  {COLUMNS}\n"
        "  If the line is a comment, say so: corpus.comments: '#' in the recipe, or --comments '#'.",
    ),
    "bytes that are not UTF-8": corpus_row(
        "train.txt",
        b"Ann PROPN B-PER\nZ\xfcrich PROPN B-LOC\n",
        "corpus/train.txt:2:2: not UTF-8: byte 0xfc after 'Z'\n  Convert it, for example with `iconv -f latin1 -t utf-8`.",
    ),
    "an empty file": corpus_row(
        "dev.txt", b"", "corpus/dev.txt: the file holds no sentence\n  Give a file with at least one sentence, or leave it away."
    ),
    "a file of blank lines": corpus_row(
        "train.txt",
        b"\n \n",
        "corpus/train.txt: the file holds no sentence\n  Give a file with at least one sentence, or leave it away.",
    ),
    "two train files": corpus_row(
        "eng.train",
        b"Ann PROPN B-PER\n",
        "corpus: two files may be train: eng.train and train.txt\n"
        "  Name the files in the recipe: corpus.train, corpus.dev, corpus.test; or move one of them away.",
    ),
    "no train file": corpus_row(
        "train.txt",
        None,
        "corpus: the corpus has no train split (it has dev, test)\n"
        "  Add a file that is called train, or name it in the recipe as corpus.train.",
    ),
    "an illegal tag": corpus_row(
        "train.txt",
        b"Ann PROPN B-PER\nLee PROPN I-PER\n\nin ADP O\nOslo PROPN I-LOC\n",
        f"corpus/train.txt:5:12: ner: 'I-LOC' may not stand after 'O' in IOB2\n  {MEND}",
    ),
    "no tag at all": corpus_row(
        "test.txt",
        b"Ann PROPN PERSON\n",
        "corpus/test.txt:1:11: ner: 'PERSON' is no IOB2 tag (expected O, B-..., I-...)\n"
        "  Mend the tag: no scheme has such a one, and no repair reads it.",
    ),
    "a mark for what is not known that the recipe does not name": corpus_row(
        "dev.txt",
        b"Ann PROPN _\n",
        "corpus/dev.txt:1:11: ner: '_' is no IOB2 tag (expected O, B-..., I-...)\n"
        "  If it means that the tag is not known, say so: corpus.unknown: '_'.",
    ),
    "splits in different schemes": Row(
        {
            "corpus/train.txt": b"Ann PROPN I-PER\nBo PROPN B-PER\n",
            "corpus/dev.txt": b"Ann PROPN B-PER\nBo PROPN I-PER\n",
            "corpus/test.txt": b"rain NOUN O\n",
        },
        "train recipe.yaml --output out --set corpus.schemes={}",
        "corpus: ner: the scheme can't be detected: no scheme fits for certain (pairs of tags that break it: IOB2 1, IOB1 1, "
        "IOBES 4, BILOU 4; of 6)\n"
        "  Name it as corpus.schemes.ner; where tags are wrong, `tagger data check` lists them.\n"
        "  train alone: IOB1: 1 spans begin with I-, 1 with B- and only right after a span of the same label\n"
        "  dev alone: IOB2: all 1 spans begin with B-\n"
        "  test alone: IOB2: no span anywhere, so that any scheme would do",
    ),
    "not a single span": Row(
        {f"corpus/{split}.txt": b"Ann PROPN O\n" for split in ("train", "dev", "test")},
        "train recipe.yaml --output out",
        "sentences: train 1, dev 1, test 1\ncorpus: train holds no ner label\n  Is corpus.columns right?",
    ),
    "a corpus folder that is missing": recipe_row(
        "--corpus missing", "missing: no such folder\n  Name an existing folder in the recipe or with --corpus PATH."
    ),
    "a corpus folder without a corpus": Row(
        {"docs/notes.md": b"#"},
        "train recipe.yaml --output out --corpus docs",
        "docs: no corpus files: it holds notes.md\n"
        "  The usual names are train.txt, dev.txt, test.txt or eng.train, eng.testa, eng.testb.",
    ),
    "a folder for a corpus file": recipe_row(
        "--set corpus.path=null --set corpus.train=corpus",
        "corpus: is a folder\n  Name a file, or give the folder as corpus.path.",
    ),
    "a corpus file that is missing": recipe_row(
        "--set corpus.path=null --set corpus.train=missing.txt",
        "missing.txt: no such file\n  Name existing files in the recipe or with --corpus PATH.",
    ),
}
VECTOR_FILES = {
    "a vectors file that is missing": recipe_row(
        "--vectors missing.txt", f"{SIZES}missing.txt: no such vectors file\n  Name an existing file with --vectors FILE."
    ),
    "an empty vectors file": vectors_row(b"", "vectors.txt: the vectors file is empty\n  Name a file of word vectors."),
    "a vector without numbers": vectors_row(b"ann\n", f"vectors.txt:1: a word and 1 numbers were expected\n  {VECTORS}"),
    "a vector with a word for a number": vectors_row(
        b"ann 1 2\nbo 1 two\n", f"vectors.txt:2: 2 finite numbers were expected after the word\n  {VECTORS}"
    ),
    "vectors of another width than the recipe says": Row(
        {"vectors.txt": b"ann 1 2\n", "recipe.yaml": RECIPE.replace("width: 4", "width: 4, vectors: vectors.txt").encode()},
        "train recipe.yaml --output out",
        f"{SIZES}vectors.txt: the vectors have 2 dimensions, but the recipe's width is 4\n"
        "  Leave width away: with a vectors file it is that of the file.",
    ),
    "vectors that are not UTF-8": vectors_row(
        b"ann 1 2\nz\xfc 1 2\n", "vectors.txt:2: the word is not UTF-8\n  Convert the file to UTF-8."
    ),
    "a .gz that ends too early": vectors_row(
        gzip.compress(b"ann 1 2\n" * 99, mtime=0)[:-12],
        "vectors.gz: the compressed file is damaged (Compressed file ended before the end-of-stream marker was reached)\n"
        "  Fetch it again.",
        "vectors.gz",
    ),
    "a .gz that is none": vectors_row(
        b"ann 1 2\n", "vectors.gz: the compressed file is damaged (Not a gzipped file (b'an'))\n  Fetch it again.", "vectors.gz"
    ),
    "a .gz with a damaged middle": vectors_row(
        gzip.compress(b"ann 1 2\n", mtime=0)[:10] + b"\xff" * 20,
        "vectors.gz: the compressed file is damaged (Error -3 while decompressing data: invalid block type)\n  Fetch it again.",
        "vectors.gz",
    ),
}
MODELS = {
    "a run folder without a model": Row(
        {"empty/recipe.yaml": b""},
        "tag empty text.txt",
        f"empty: no model here: config.json, model.safetensors, tokenizer.json, vocabulary.json missing\n  {RUNS}",
    ),
    "no such run": Row({}, "evaluate runs/none", f"runs/none: no such run or model folder\n  {RUNS}"),
    "a file for a run": Row({}, "tag text.txt text.txt", f"text.txt: no such run or model folder\n  {RUNS}"),
    "a model without weights": model_row(
        {"model.safetensors": None}, f"run/model: no model here: model.safetensors missing\n  {RUNS}"
    ),
    "damaged weights": model_row(
        {"model.safetensors": b"\x10"},
        "run/model: the model is damaged (Error while deserializing header: header too small)\n"
        "  Train it again, or fetch it again.",
    ),
    "a configuration that is no JSON": model_row(
        {"config.json": b"{"},
        "run/model: the model is damaged (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))\n"
        "  Train it again, or fetch it again.",
    ),
    "a configuration without its parts": model_row(
        {"config.json": b'{"format": 1}'}, "run/model: the model is damaged ('recipe')\n  Train it again, or fetch it again."
    ),
    "a damaged vocabulary": model_row(
        {"vocabulary.json": b"{}"}, "run/model: the model is damaged ('featurizers')\n  Train it again, or fetch it again."
    ),
    "a model of another time": model_row(
        {"config.json": json.dumps({"format": 7, "versions": {"tagger": "9.1"}}).encode()},
        "run/model: the model has format 7, but this version of tagger reads 1\n"
        "  Use tagger 9.1, which wrote it, or train it again.",
    ),
    "a damaged checkpoint": Row(
        {"run/checkpoint/state.safetensors": b"{}"},
        "train recipe.yaml --output run --resume",
        "run/checkpoint: the checkpoint can't be taken up (Error while deserializing header: header too small)\n"
        "  Train anew with --overwrite.",
    ),
}
FAULTS_OF_OTHER_KINDS = {
    "a tokenizer that is no JSON": {"tokenizer.json": b"{"},
    "a tokenizer that is none": {"tokenizer.json": b"{}"},
    "a configuration that is a list": {"config.json": b"[]"},
    "a vocabulary that is a list": {"vocabulary.json": b"[]"},
    "weights of another model": {"model.safetensors": b"\x02\0\0\0\0\0\0\0{}"},
}
INPUTS = {
    "text that is missing": Row({}, "tag run none.txt --output out.txt", "none.txt: no such file\n  Name an existing file."),
    "text that is not UTF-8": tag_row(
        "latin.txt",
        b"caf\xe9\n",
        "latin.txt:1:4: not UTF-8: byte 0xe9 after 'caf'\n  Convert it, for example with `iconv -f latin1 -t utf-8`.",
    ),
    "a line that is no JSON": tag_row(
        "in.jsonl",
        b'{"text": "x"}\n{"text" "y"}\n',
        'in.jsonl:2:9: no JSON: Expecting \':\' delimiter\n  Each line must be like {"text": "..."} or {"tokens": ["...", "..."]}.',
    ),
    "JSON without text": tag_row(
        "in.jsonl",
        b'{"txt": "x"}\n',
        'in.jsonl:1: neither text nor tokens\n  Each line must be like {"text": "..."} or {"tokens": ["...", "..."]}.',
    ),
    "CoNLL-U without tabs": tag_row(
        "in.conllu",
        CONLLU_ROW + b"2 Lee\n",
        "in.conllu:2:6: 1 column where CoNLL-U has 10: '2 Lee'\n"
        "  Columns are separated by single tabs; https://universaldependencies.org/format.html tells what the columns hold.",
    ),
    "CoNLL-U with a word missing": tag_row(
        "in.conllu",
        CONLLU_ROW + CONLLU_ROW.replace(b"1", b"3"),
        "in.conllu:2:1: word 3 where 2 was expected\n  A word is missing, or the ids are not counted from 1; "
        "https://universaldependencies.org/format.html tells what the columns hold.",
    ),
    "an output in a missing folder": Row(
        {},
        "tag run text.txt --output none/out.txt",
        "none/out.txt: can't be written (No such file or directory)\n  Name another file.",
    ),
    "several inputs without a folder": Row(
        {},
        "tag run text.txt recipe.yaml",
        "--output: 2 inputs need a folder to be written into\n  Name one: --output tagged/",
    ),
    "several inputs for a file": Row(
        {"out.txt": b""},
        "tag run text.txt recipe.yaml --output out.txt",
        "out.txt: 2 inputs need a folder to be written into, and this is a file\n  Name a folder.",
    ),
    "two inputs of one name": Row(
        {"a/x.txt": b"a\n", "b/x.txt.gz": b"b\n"},
        "tag run a/x.txt b/x.txt.gz --output out/ --compress none",
        "out: a/x.txt and b/x.txt.gz would both become x.txt\n  Tag them into different folders.",
    ),
    "an input that would be overwritten": Row(
        {}, "tag run text.txt --output ./", "text.txt: an input would be overwritten\n  Name another folder with --output."
    ),
    "an output that exists": Row(
        {"out/text.txt": b""},
        "tag run text.txt --output out",
        "out/text.txt: exists already\n  Go on with --resume, write it anew with --overwrite, or name another folder.",
    ),
    "an output of somebody else to go on with": Row(
        {"out/text.txt": b""},
        "tag run text.txt --output out --resume",
        "out/text.txt: exists, and no run noted that it wrote it\n  Tag it anew with --overwrite, or into another folder.",
    ),
    "a pattern without files": Row({}, "tag run in/*.gz --output out/", "in/*.gz: no file has such a name\n  Name existing files."),
    "a folder without files of a known form": Row(
        {"in/a.pdf": b""},
        "tag run in --output out/",
        "in: the folder holds no file of a known form\n"
        "  These are known: .txt, .json, .conll, .conllu, .jsonl, .iob, .bio, .parquet.",
    ),
    "standard input among files": Row(
        {}, "tag run - text.txt --output out/", "-: standard input goes to one file or to the terminal, in one run\n  Name files."
    ),
    "going on without an output": Row(
        {}, "tag run text.txt --resume", "--resume: needs files to write\n  Name a file or a folder with --output."
    ),
    "going on and beginning anew": Row(
        {},
        "tag run text.txt --output out/ --resume --overwrite",
        "--resume: goes on, and --overwrite begins anew\n  Give one of them.",
    ),
    "parquet from standard input": Row(
        {}, "tag run - --format parquet", "standard input: can't be read as parquet, which begins at its end\n  Name a file."
    ),
    "parquet for the terminal": Row(
        {}, "tag run text.txt --to parquet", "--to: parquet is nothing to look at\n  Name a file with --output."
    ),
    "parquet that is none": tag_row(
        "in.parquet",
        b"x" * 30,
        "in.parquet: can't be read as parquet (Parquet magic bytes not found in footer. "
        "Either the file is corrupted or this is not a parquet file.)\n"
        "  Fetch it again, or name another file.",
    ),
    "parquet compressed twice": Row(
        {},
        "tag run text.txt --to parquet --output out.parquet --compress gzip",
        "--compress: parquet is compressed within\n  Leave it away.",
    ),
    "a damaged gzip file": tag_row(
        "in.txt.gz", b"x" * 30, "in.txt.gz: the compressed file is damaged (Not a gzipped file (b'xx'))\n  Fetch it again."
    ),
    "an output under a file": Row(
        {},
        "train recipe.yaml --output text.txt/run",
        f"{SIZES}text.txt/run: can't be written (Not a directory)\n  Name another folder with --output.",
    ),
    "a file for an output folder": Row(
        {},
        "train recipe.yaml --output text.txt",
        "text.txt: the output exists and is no run folder\n  Name another folder with --output.",
    ),
    "scores under a file": Row(
        {},
        "evaluate run --output text.txt/x",
        "text.txt/x: can't be written (Not a directory)\n  Name another folder with --output.",
    ),
    "a split that is missing": Row(
        {"corpus/test.txt": None},
        "evaluate run --corpus corpus",
        "corpus: the corpus has no test split (it has train, dev)\n"
        "  Add a file that is called test, or name it in the recipe as corpus.test.",
    ),
}
RECIPES = {
    "no such recipe": recipe_row("", f"quikstart: no such recipe\n  Did you mean 'quickstart'? {SHIPPED}")._replace(
        command="train quikstart"
    ),
    "nothing like a recipe": recipe_row("", f"xyz: no such recipe\n  {SHIPPED}")._replace(command="train xyz"),
    "an unknown setting": recipe_row(
        "", "recipe.yaml:11: training.epoch: no such setting\n  Did you mean 'epochs'?", RECIPE.replace("epochs:", "epoch:")
    ),
    "an unknown --set": recipe_row(
        "--set training.epoch=3", "--set training.epoch=3: training.epoch: no such setting\n  Did you mean 'epochs'?"
    ),
    "a --set without a value": recipe_row(
        "--set training.epochs", "--set training.epochs: no key=value\n  Write it as --set training.epochs=5."
    ),
    "a --set that is a comment": recipe_row(
        "--set corpus.comments=#",
        "--set corpus.comments=#: YAML reads the value as null\n  Quote it: --set 'corpus.comments=\"#\"'.",
    ),
    "a --set of the wrong type": recipe_row(
        "--set training.epochs=many", "--set training.epochs=many: training.epochs: should be a valid integer, not 'many'"
    ),
    "a task without its column": recipe_row(
        "",
        "recipe.yaml:7: tasks.ner: no column of corpus.columns is called 'ner' (there are word, upos, chunk)",
        RECIPE.replace("upos, ner]", "upos, chunk]").replace("  schemes: {ner: iob2}\n", "  comments: null\n"),
    ),
    "a device that is not there": recipe_row(
        "--set training.device=mps",
        "training.device: device 'mps' is not available (there are: cpu)\n  Set training.device=auto.",
    ),
}
ROWS = {**CORPUS, **VECTOR_FILES, **MODELS, **INPUTS, **RECIPES}
