"""The model folder's README: what the model finds, how well, what it was made from, how fast it is, and what it can't do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.corpus_settings import HubCorpus, MixedCorpus, OneCorpus
from tagger.embedding_settings import DocumentContextSettings, WordEmbeddingSettings
from tagger.recipe import Recipe
from tagger.text.schemes import TagScheme

TaskTags = Mapping[str, tuple[TagScheme | None, Sequence[str]]]

# A name on the Hub, with its owner's or without; anything else is a folder.
_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
# With fewer in train, a label is named among the limits.
_RARE = 20


def model_card(recipe: Recipe, tags: TaskTags, facts: Mapping[str, Any]) -> str:
    """The card, as Markdown with the head that the Hugging Face Hub reads.

    Args:
        recipe: What the model was made by.
        tags: For each task its scheme and tags.
        facts: What else is known of it, as `config.json` has it; what is not known is left out.
    """
    parts = (
        _head(recipe),
        _labels(recipe, tags, facts.get("labels", {})),
        _scores(tags, facts),
        _data(recipe, facts),
        _settings(recipe, facts),
        _limits(recipe, tags, facts),
        _use(recipe),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(recipe: Recipe) -> Iterator[str]:
    kind = "text-classification" if set(recipe.tasks) == set(recipe.sentence_tasks) else "token-classification"
    yield from ("---", "library_name: tagger", f"pipeline_tag: {kind}", "---", "", f"# {recipe.name}", "", *_made_of(recipe), "")


def _made_of(recipe: Recipe) -> list[str]:
    """Lines that tell what reads the words, and what whoever uses the model must have."""
    encoder = recipe.encoder
    network = "" if encoder.kind == "none" else f"{'Bi' if encoder.bidirectional else ''}{encoder.kind.upper()} "
    lines = [f"A {network}sequence tagger."]
    if recipe.columns_read:
        lines += [f"It reads {' and '.join(recipe.columns_read)} beside the words: whatever it is to tag must have it."]
    for part in recipe.transformers.values():
        which = f"{part.model} ({part.revision})" if part.revision else part.model
        how = "trained further" if part.trainable else "as it was"
        lines += [f"It holds the transformer {which}, {how}, and needs `pip install 'tagger[transformers]'`."]
    if reach := max((part.reach for part in recipe.embeddings if isinstance(part, DocumentContextSettings)), default=0):
        lines += [f"It reads the {reach} words before and behind each sentence too: tag whole texts, in their order."]
    return lines


def _labels(recipe: Recipe, tags: TaskTags, counted: Mapping[str, Any]) -> Iterator[str]:
    for task, (scheme, names) in tags.items():
        labels = sorted({name.partition("-")[2] for name in names if name != "O"}) if scheme else list(names)
        kind = "spans" if scheme else "one label a sentence" if task in recipe.sentence_tasks else "one tag a token"
        yield from (f"- **{task}** ({kind}): {', '.join(labels)}", "")
        if rows := counted.get(task):
            yield from ("| label | in training | for example |", "|---|---:|---|")
            for label, row in rows.items():
                yield f"| {_cell(label)} | {row['count']:,} | {_cell(', '.join(row['examples']))} |"
            yield ""


def _scores(tags: TaskTags, facts: Mapping[str, Any]) -> Iterator[str]:
    if not (scores := facts.get("scores")):
        return
    yield from ("## Scores", "", "| split | task | measure | score | 95 % interval |", "|---|---|---|---:|---:|")
    for split, tasks in scores.items():
        for task, score in tasks.items():
            measure = "F1, strict" if task in tags and tags[task][0] else "accuracy"
            within = facts.get("intervals", {}).get(split, {}).get(task)
            told = "" if within is None else f"{100 * within[0]:.1f} to {100 * within[1]:.1f}"
            yield f"| {split} | {task} | {measure} | {100 * score:.2f} | {told} |"
    yield ""
    if "dev" in scores:
        yield from ("The weights are those of the best score on dev, so that dev's are a little too good.", "")


def _data(recipe: Recipe, facts: Mapping[str, Any]) -> Iterator[str]:
    size = facts.get("training", {})
    parts = recipe.corpus.parts if isinstance(recipe.corpus, MixedCorpus) else (recipe.corpus,)
    lines = [f"- read as {part.kind} from `{source}`" for part in parts if (source := _source(part))]
    if size:
        lines.append(f"- {size['sentences']:,} sentences, {size['words']:,} words")
    if "corpus" in facts:
        lines.append(f"- fingerprint of all splits: `{facts['corpus']}`")
    if lines:
        yield from ("## Training data", "", *lines, "")


def _source(corpus: OneCorpus) -> str:
    """What a corpus is called: nobody needs to know where it lay on the disk."""
    if isinstance(corpus, HubCorpus):
        return corpus.id if _HUB_ID.fullmatch(corpus.id) else Path(corpus.id).name
    if corpus.path is not None:
        return corpus.path if corpus.path.startswith("package:") else Path(corpus.path).name
    return ", ".join(Path(file).name for file in (corpus.train, corpus.dev, corpus.test) if file is not None)


def _settings(recipe: Recipe, facts: Mapping[str, Any]) -> Iterator[str]:
    training, encoder = recipe.training, recipe.encoder
    sources = {part.called: part.vectors for part in recipe.embeddings if isinstance(part, WordEmbeddingSettings)}
    read = [part.called + (f" ({sources[part.called]})" if sources.get(part.called) else "") for part in recipe.embeddings]
    layers = "none" if encoder.kind == "none" else f"{encoder.kind}, {encoder.layers} of {encoder.hidden} in each direction"
    yield from ("## Settings", "", f"- embeddings: {', '.join(read)}", f"- encoder: {layers}")
    for task, settings in recipe.tasks.items():
        yield f"- decoder of {task}: {settings.decoder}" + (f", tags in {settings.scheme.upper()}" if settings.scheme else "")
    best = f", weights of epoch {facts['best_epoch']}" if "best_epoch" in facts else ""
    rate = f"{training.optimizer.kind}, learning rate {training.optimizer.learning_rate:g}"
    epochs = f"{training.epochs} {'epoch' if training.epochs == 1 else 'epochs'}"
    yield f"- training: {epochs}{best}, batches of {training.batch_words} words, {rate}, seed {training.seed}"
    if speed := facts.get("speed"):
        cores = f"{speed['threads']} {'thread' if speed['threads'] == 1 else 'threads'}"
        yield f"- speed when it was scored: {speed['words_per_second']:,} words a second on {speed['device']}, {cores}"
    yield from ("", "All settings are in `config.json`.", "")


def _limits(recipe: Recipe, tags: TaskTags, facts: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Limits", "", "- The scores hold for text like that it was trained on; elsewhere they are lower.")
    yield f"- It was trained on text split into words by the corpus; raw text is split by the rules `{recipe.tokenizer}`."
    for task in tags:
        rows = facts.get("labels", {}).get(task, {})
        rare = [label for label, row in rows.items() if row["count"] < _RARE]
        if rare:
            yield f"- Of {task}, these have fewer than {_RARE} examples in training, too few to count on: {', '.join(rare)}."
    if any(scheme for scheme, _ in tags.values()):
        yield "- Spans of a task neither overlap nor have gaps."
    yield ""


def _use(recipe: Recipe) -> Iterator[str]:
    given = ", ".join(f'"{column}": ["..."]' for column in recipe.columns_read)
    text = f'Sentence.of_words(["..."], tags={{{given}}})' if given else '"..."'
    yield from (
        "## Use",
        "",
        "```python",
        f"from tagger import {'Sentence, ' if given else ''}Tagger",
        "",
        'tagger = Tagger.load("this/folder")',
        f"print(tagger.tag({text}).spans)",
        "```",
    )


def _cell(text: str) -> str:
    """Text within a table, whatever it holds."""
    plain = " ".join(text.split())
    for sign in "\\`*_[]<>|":
        plain = plain.replace(sign, f"\\{sign}")
    return plain
