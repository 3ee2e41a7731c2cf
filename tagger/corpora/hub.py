"""Hugging Face `datasets`: from the Hub, from a saved folder, or from parquet and JSON files."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tagger.corpora.hub_cells import feature_of, is_string, label_names, label_of, text_of
from tagger.corpora.source import NoteTaker, SourceSentence
from tagger.errors import CorpusError
from tagger.text.sentence import Sentence

_FILE_KINDS = {".parquet": "parquet", ".json": "json", ".jsonl": "json"}


def is_saved_dataset(path: Path, *, json: bool = True) -> bool:
    """Whether a folder holds what `datasets` reads: one saved with `save_to_disk`, or parquet or (unless not `json`) JSON files."""
    saved = ("dataset_dict.json", "dataset_info.json", "state.json")
    files = [file for file in _data_files(path) if json or file.suffix == ".parquet"] if path.is_dir() else []
    return any((path / name).is_file() for name in saved) or bool(files)


def load_saved(path: Path, cache: Path) -> dict[str, Any]:
    """The splits of a folder that `is_saved_dataset`.

    Args:
        cache: Where parquet and JSON files are converted to Arrow, under a name made of their content.
    """
    import datasets

    try:
        if files := _data_files(path):
            kind = _FILE_KINDS[files[0].suffix]
            digest = hashlib.blake2b(digest_size=16)
            for file in files:
                digest.update(file.name.encode() + hashlib.blake2b(file.read_bytes()).digest())
            named: dict[str, list[str]] = {}
            for file in files:
                named.setdefault(_split_name(file.name), []).append(str(file))
            return dict(datasets.load_dataset(kind, data_files=named, cache_dir=str(cache / "files" / digest.hexdigest())))
        loaded = datasets.load_from_disk(str(path))
    except (OSError, ValueError, StopIteration, datasets.exceptions.DatasetGenerationError) as error:
        raise CorpusError(
            f"no data set can be read here ({_first_line(error)})",
            where=str(path),
            fix="Give a folder that datasets' save_to_disk wrote, or one of parquet or JSON Lines files named by split.",
        ) from error
    return dict(loaded) if isinstance(loaded, datasets.DatasetDict) else {"train": loaded}


def load_from_hub(identity: str, config: str | None, revision: str | None) -> dict[str, Any]:
    """The splits of a data set on the Hub; downloaded once, then from the Hub's cache.

    Raises:
        CorpusError: The Hub can't be reached, or has no such data set.
    """
    import datasets
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    where = f"data set {identity}" + (f", config {config}" if config else "") + (f", revision {revision}" if revision else "")
    try:
        return dict(datasets.load_dataset(identity, config, revision=revision))
    except (ConnectionError, TimeoutError, OfflineModeIsEnabled) as error:
        raise CorpusError(
            f"the Hugging Face Hub can't be reached ({_first_line(error)})",
            where=where,
            fix="Go online once (it is cached then), or read local files with --corpus PATH.",
        ) from error
    except (HfHubHTTPError, OSError, ValueError, RuntimeError, datasets.exceptions.DatasetGenerationError) as error:
        raise CorpusError(
            f"the Hugging Face Hub gives no such data set ({_first_line(error)})",
            where=where,
            fix="Mend corpus.id, corpus.config or corpus.revision in the recipe, or read local files with --corpus PATH.",
        ) from error


def read_dataset(
    dataset: Any,
    columns: Mapping[str, str],
    place: str,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    tokenize: Callable[[str], Sentence] | None = None,
    note: NoteTaker = lambda text: None,
) -> Iterator[SourceSentence]:
    """The sentences of a `datasets.Dataset`, tags as strings whether it holds `ClassLabel`s or strings.

    Args:
        columns: For each column of lists to give, the data set's; `word` among them.
        place: What the rows are called in messages.
        labels: For each task with one label for a sentence the data set's column.
        tokenize: Gives the words where the column of words holds texts.
        note: Told of rows without words, which are skipped where there are such labels.

    Raises:
        CorpusError: A column is missing or is not what it should be, or a row's columns differ in length.
    """
    is_text = tokenize is not None and is_string(feature_of(dataset, columns["word"], place))
    lists = {name: column for name, column in columns.items() if not (is_text and name == "word")}
    names = {name: _label_names(dataset, column, place) for name, column in lists.items()}
    whole = {task: label_names(dataset, column, place) for task, column in labels.items()}
    chosen = dict.fromkeys((*columns.values(), *labels.values()))
    row = num_empty = 0
    for batch in dataset.select_columns(list(chosen)).iter(batch_size=1000):
        for cells in zip(*(batch[column] for column in chosen), strict=True):
            row += 1
            values, where = dict(zip(chosen, cells, strict=True)), f"{place}, row {row}"
            texts = {name: _strings(values[column], names[name], column, where) for name, column in lists.items()}
            original = tokenize(text_of(values[columns["word"]], columns["word"], where)) if is_text and tokenize else None
            words = texts.pop("word") if original is None else list(original.words)
            found = {task: label_of(values[column], whole[task], column, where) for task, column in labels.items()}
            if labels and not words:
                num_empty += 1
                continue
            for name, tags in texts.items():
                if len(tags) != len(words):
                    problem = f"{len(words)} tokens, but {len(tags)} values in '{columns[name]}'"
                    raise CorpusError(problem, where=f"{place}, row {row}", fix="Each token needs exactly one tag.")
            yield SourceSentence(words, texts, place, [row] * len(words), original=original, labels=found)
    if num_empty:
        note(f"{place}: {num_empty:,} {'row has no words and was' if num_empty == 1 else 'rows have no words and were'} skipped")


def _strings(values: Any, labels: Sequence[str] | None, column: str, where: str) -> list[str]:
    """A row's values as strings; nothing may be missing among them."""
    if values is None:
        raise CorpusError(f"no list in '{column}'", where=where, fix="Give it a list, or leave the row away.")
    for index, value in enumerate(values):
        missing = value is None or value == "" if labels is None else value is None or value < 0
        if missing:
            raise CorpusError(
                f"value {index + 1} of '{column}' is missing ({value!r})", where=where, fix="Each token needs a string, and a tag."
            )
    return [labels[value] for value in values] if labels is not None else list(values)


def _label_names(dataset: Any, column: str, place: str) -> Sequence[str] | None:
    """The names of a column of lists of ClassLabels; None for lists of strings."""
    import datasets

    feature = feature_of(dataset, column, place)
    inner = getattr(feature, "feature", None)
    if isinstance(inner, datasets.ClassLabel):
        return list(inner.names)
    if isinstance(inner, datasets.Value) and inner.dtype in ("string", "large_string"):
        return None
    raise CorpusError(
        f"column '{column}' holds {feature}, not lists of strings or ClassLabels",
        where=place,
        fix="A column of numbers needs its names: cast it to a list of ClassLabels, or write the tags as strings.",
    )


def _data_files(path: Path) -> list[Path]:
    files = [file for file in sorted(path.rglob("*")) if file.suffix in _FILE_KINDS and file.is_file()]
    return [
        file for file in files if file.name not in ("dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json")
    ]


def _split_name(file_name: str) -> str:
    """The split of `train-00000-of-00001.parquet`, `validation.jsonl` and the like."""
    return file_name.split(".")[0].split("-")[0]


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
