"""Where a corpus comes from and how its tags are to be understood: the `corpus` section of a recipe; pure data."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tagger.corpora.conllu import FIELDS
from tagger.text.alignment import Policy as AlignmentPolicy
from tagger.text.partial import READABLE_ALONE
from tagger.text.repair import RepairPolicy
from tagger.text.schemes import SPELLINGS

SchemeName = Literal[
    "detect", "iob1", "iob2", "bio", "bio2", "ioe1", "ioe2", "iobes", "bioes", "bmes", "bmeow", "bmewo", "bilou", "biluo"
]
ConlluField = Annotated[str, Field(pattern=rf"^({'|'.join(FIELDS)}|feats\.\S+|misc\.\S+|comment\.\S+)$")]


class Settings(BaseModel):
    """What all settings are: frozen, strict about types, and closed to keys they don't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class TagReading(Settings):
    """How the tags of a corpus are to be understood."""

    schemes: dict[str, SchemeName] = Field(
        {},
        description="The scheme in which a column writes spans. Where a task learns spans and its column is not named here, the "
        "scheme is detected, and the evidence shown; a task without spans reads plain tags.",
    )
    repair: RepairPolicy = Field(
        "error",
        description="What is done where tags break their scheme: `error` refuses them; `conlleval` reads them as that script does; "
        "`promote` opens and closes spans where the scheme wants it; `strict-drop` keeps only spans that are legal.",
    )
    unknown: str | None = Field(
        None,
        min_length=1,
        description="What stands where a tag is not known, such as `_` or `?`; by default every string is a tag.",
    )

    def column_problems(self, columns: Collection[str]) -> Iterator[str]:
        """What the settings say of columns that there are not, or that can't be read so."""
        confidence = confidence_columns(self)
        for setting, names in (("schemes", {*self.schemes}), ("confidence", {*confidence, *confidence.values()})):
            if unknown := sorted(names - set(columns)):
                yield f"{setting} names {', '.join(unknown)}, which columns does not have"
            if "word" in names:
                yield f"{setting} names word, which are the tokens"
        yield from self.scheme_problems()

    def scheme_problems(self) -> Iterator[str]:
        """Schemes whose tags can't be read where some are not known."""
        for column, scheme in self.schemes.items():
            if self.unknown is not None and scheme != "detect" and SPELLINGS.get(scheme, scheme) not in READABLE_ALONE:
                yield (
                    f"a tag of {scheme} means nothing without its neighbours, and with `unknown` these may not be known: give "
                    f"'{column}' in one of {', '.join(READABLE_ALONE)} (tagger data convert)"
                )


def _check(settings: TagReading, columns: Collection[str]) -> None:
    if "word" not in columns:
        raise ValueError("columns must say which column holds the tokens: word")
    for problem in settings.column_problems(columns):
        raise ValueError(problem)


def confidence_columns(corpus: TagReading) -> dict[str, str]:
    """For each task that has one the column of its confidences; only files with columns have them."""
    return corpus.confidence if isinstance(corpus, ColumnsCorpus | ConlluCorpus) else {}


class FileSettings(TagReading):
    """Where files are. Either `path`, a folder with the usual names, or the files themselves; --corpus replaces all four."""

    path: str | None = Field(None, description="A folder, or `package:sample` for the sample that ships with the package.")
    train: str | None = Field(None, description="The training file.")
    dev: str | None = Field(None, description="The file that decides when to stop and which weights to keep.")
    test: str | None = Field(None, description="The file that is only scored at the end.")
    dev_share: Annotated[float, Field(gt=0, le=0.5)] | None = Field(
        None, description="The share of train to use as dev where there is no dev file."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "FileSettings":
        if self.path is not None and (self.train or self.dev or self.test):
            raise ValueError("give either a folder as path or the files as train, dev and test, not both")
        return self


class ColumnsCorpus(FileSettings):
    """Column files: a token and its tags on each line, a blank line after each sentence."""

    kind: Literal["columns"]
    columns: tuple[str, ...] = Field(
        description="What each column holds, from left to right: `word`, and names of tasks or of anything."
    )
    confidence: dict[str, str] = Field(
        {}, description="For a task the column that tells, from 0 to 1, how much each of its tags is to be trusted."
    )
    separator: Literal["whitespace", "tab"] = Field("whitespace", description="`tab` where tokens may hold spaces.")
    comments: str | None = Field(
        None, min_length=1, description="What comment lines begin with; by default there are none and '#' is a token."
    )
    labels: tuple[str, ...] = Field(
        (),
        description="The tasks whose label for a sentence stands in a comment among its lines, such as `# intent = greeting`.",
    )
    document_marker: str | None = Field(
        "-DOCSTART-", min_length=1, description="The first column of a line that begins a document."
    )

    @model_validator(mode="after")
    def _names(self) -> "ColumnsCorpus":
        if "word" not in self.columns:
            raise ValueError("columns must name the column of the tokens 'word'")
        if twice := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            raise ValueError(f"columns names {', '.join(twice)} twice")
        if both := sorted(set(self.labels) & set(self.columns)):
            raise ValueError(f"{', '.join(both)} can't be a column and a sentence's label at once")
        if self.labels and self.comments is None:
            raise ValueError("labels stand in comments: say what these begin with, usually comments: '#'")
        _check(self, self.columns)
        return self


class ConlluCorpus(FileSettings):
    """CoNLL-U files: Universal Dependencies."""

    kind: Literal["conllu"]
    columns: dict[str, ConlluField] = Field(
        {"word": "form", "upos": "upos", "xpos": "xpos"},
        description="For the words and each task the field that it is read from; `misc.ner` is what stands there behind `ner=`, "
        "`comment.intent` a sentence's label, from its comment `# intent = ...`.",
    )
    confidence: dict[str, str] = Field(
        {}, description="For a task the column that tells, from 0 to 1, how much each of its tags is to be trusted."
    )

    @model_validator(mode="after")
    def _names(self) -> "ConlluCorpus":
        _check(self, self.columns)
        return self


class JsonlCorpus(FileSettings):
    """JSON Lines: tokens with tags, or text with character spans; also what spaCy, Doccano, Prodigy and Label Studio export."""

    kind: Literal["jsonl"]
    columns: dict[str, str] = Field(
        {},
        description="For a task the key of its tags, spans or label of the whole, such as `tags.ner`; a task that is not named is "
        "found by itself.",
    )
    misaligned: AlignmentPolicy = Field(
        "error",
        description="What is done with spans that begin or end within a token: `error` lists them all; `snap` widens them to whole "
        "tokens; `split` splits the token; `drop` leaves the span out.",
    )
    split_sentences: bool = Field(False, description="Whether a record's text is split into sentences; for long documents.")

    @model_validator(mode="after")
    def _names(self) -> "JsonlCorpus":
        if "word" in self.columns:
            raise ValueError("columns names word, but the tokens of a record are found by themselves")
        for problem in self.column_problems(self.columns) if self.columns else self.scheme_problems():
            raise ValueError(problem)
        return self


class HubCorpus(TagReading):
    """A data set of the Hugging Face Hub, or a folder that `datasets` saved or reads."""

    kind: Literal["hub"]
    id: str = Field(description="The data set's name on the Hub, or a local folder of a saved data set, parquet or JSON files.")
    config: str | None = Field(None, description="The configuration, where the data set has several.")
    revision: str | None = Field(
        None, description="The branch, tag or commit; refs/convert/parquet where the data set is a script."
    )
    columns: dict[str, str] = Field(
        description="For `word` and each task the data set's column: lists of words and of tags, or texts and sentences' labels."
    )
    dev_share: Annotated[float, Field(gt=0, le=0.5)] | None = Field(
        None, description="The share of train to use as dev where there is no validation split."
    )
    local: Annotated[ColumnsCorpus | ConlluCorpus | JsonlCorpus, Field(discriminator="kind")] | None = Field(
        None, description="How --corpus PATH is read where PATH holds text files."
    )

    @model_validator(mode="after")
    def _names(self) -> "HubCorpus":
        _check(self, self.columns)
        return self


OneCorpus = ColumnsCorpus | ConlluCorpus | JsonlCorpus | HubCorpus


class MixedCorpus(Settings):
    """Several corpora as one. A task whose column a part does not have is not known there: nothing is learned or scored of it."""

    kind: Literal["mixed"]
    parts: tuple[Annotated[OneCorpus, Field(discriminator="kind")], ...] = Field(min_length=1, description="The corpora.")


CorpusSettings = Annotated[OneCorpus | MixedCorpus, Field(discriminator="kind")]


def columns_of(corpus: "CorpusSettings") -> ColumnsCorpus | None:
    """How a corpus reads column files; None where it reads none, or several."""
    chosen = corpus.local if isinstance(corpus, HubCorpus) else corpus
    return chosen if isinstance(chosen, ColumnsCorpus) else None


def has_column(corpus: OneCorpus, task: str) -> bool:
    """Whether a corpus gives tags for a task; JSON Lines without named columns may hold any, which only reading them tells."""
    if isinstance(corpus, ColumnsCorpus) and task in corpus.labels:
        return True
    return task in corpus.columns or (isinstance(corpus, JsonlCorpus) and not corpus.columns)


def is_taken(column: str) -> bool:
    """Whether a corpus keeps something else under a name."""
    return column in ("tokens", "place", "lines", "document", "spaces_after") or column.endswith("_confidence")


def same_column(corpus: OneCorpus, column: str, task: str) -> bool:
    """Whether a column holds what a task is to find: it is the task's, or both are read from one place."""
    match corpus:
        case ColumnsCorpus():
            return column == task
        case _:
            return column == task or (column in corpus.columns and corpus.columns[column] == corpus.columns.get(task))


COMMENT = "comment."
"""What the fields of CoNLL-U begin with that are a sentence's comments."""


def is_sentence_column(corpus: OneCorpus, task: str) -> bool | None:
    """Whether a corpus gives one label for a sentence in a task; None where it has none, or only reading it tells."""
    match corpus:
        case ColumnsCorpus() if task in (*corpus.columns, *corpus.labels):
            return task in corpus.labels
        case ConlluCorpus() if task in corpus.columns:
            return corpus.columns[task].startswith(COMMENT)
        case _:
            return None
