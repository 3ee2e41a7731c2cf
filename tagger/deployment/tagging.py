"""One piece tagged and written: the work of whoever has a tagger, in this process or in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tagger.corpora.compressed import Compression, compress
from tagger.corpora.streams import WRITERS, Item, sentences_of
from tagger.deployment.model_digest import digest_model
from tagger.features.characters import CharacterFeaturizer
from tagger.features.given import refuse_blank
from tagger.features.subwords import SubwordFeaturizer
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.engines.opening import EngineName, Precision
    from tagger.recipe import Recipe

# Forms without a place for it: the words that were clipped are told on the error stream.
_TOLD = ("text", "conll")
# So many notes of a piece are told in full.
MOST_NOTES = 20
_SHOWN_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How all inputs of a run are tagged.

    Attributes:
        model: The tagger, as `Tagger.load` names it.
        device: Where it runs.
        probabilities: Whether they are worked out and written.
        threads: How many threads work on a batch.
        engine: As in `Tagger.load`.
        dtype: As in `Tagger.load`.
        n_best: How many of the most probable tag sequences are worked out and written.
    """

    model: str
    device: str
    probabilities: bool
    threads: int
    engine: "EngineName | None" = None
    dtype: "Precision | None" = None
    n_best: int = 1


class Work(NamedTuple):
    """Sentences, or lines that hold some, to tag, and how they are to be written."""

    items: tuple[Item, ...]
    rows: bytes | None
    place: str
    to: str
    compression: Compression | None


class Tagged(NamedTuple):
    """Tagged sentences as bytes of an output; `notes` tell of the first of `num_clipped` words whose characters were clipped."""

    data: bytes
    num_sentences: int
    num_words: int
    num_clipped: int
    notes: tuple[str, ...]


class ModelFacts(NamedTuple):
    """What must be known of a model before anything is read: how its corpus is written, and what names its files."""

    recipe: "Recipe"
    digest: str


class PieceTagger:
    """Tags and writes pieces.

    Raises:
        TaggerError: The model can't be opened, or the device not be used.
    """

    def __init__(self, settings: Settings) -> None:
        from tagger.tagger import Tagger

        self._settings = settings
        self._asked: dict[str, Any] = {"probabilities": settings.probabilities, "n_best": settings.n_best}
        self._tagger = Tagger.load(
            settings.model, engine=settings.engine, dtype=settings.dtype, device=settings.device, threads=settings.threads
        )

    def facts(self) -> ModelFacts:
        """What a reader must know of the model."""
        return ModelFacts(self._tagger.recipe, digest_model(self._settings.model, self._tagger.facts))

    def __call__(self, work: Work) -> Tagged:
        """Tags a piece.

        Raises:
            TaggerError: The form can't hold what was found, or a sentence does not have what the model reads beside the words.
        """
        work = work._replace(items=tuple(part for item in work.items for part in sentences_of(item)))
        if self._tagger.columns_read:
            for item in work.items:
                assert isinstance(item.text, Sentence)
                refuse_blank(item.text, self._tagger.featurizers, f"{work.place}:{item.line}")
        sentences = list(self._tagger.tag_all((item.text for item in work.items), **self._asked))
        clipped = [self._clipped(sentence) for sentence in sentences]
        notes: list[str] = []
        if work.to in _TOLD and any(clipped):
            notes = self._notes(work, sentences, clipped)
        data = compress(self._written(work, sentences, clipped), work.compression)
        num_words = sum(len(sentence.tokens) for sentence in sentences)
        return Tagged(data, len(sentences), num_words, sum(map(len, clipped)) if notes else 0, tuple(notes[:MOST_NOTES]))

    def _written(self, work: Work, sentences: Sequence[Sentence], clipped: Sequence[Sequence[int]]) -> bytes:
        if work.to == "parquet":
            from tagger.corpora.streams.parquet import segment

            labelled = self._tagger.recipe.sentence_tasks
            given = self._tagger.columns_read
            tasks = [task for task in self._tagger.tags if task not in labelled]
            return segment(sentences, work.items, clipped, tasks, work.rows, labelled=labelled, given=given, **self._asked)
        write = WRITERS[work.to]
        return "".join(
            write(sentence, item, clipped=words, **self._asked)
            for sentence, item, words in zip(sentences, work.items, clipped, strict=True)
        ).encode()

    @property
    def _most_characters(self) -> int | None:
        """How long a word may be of which some embedding reads every character; None where none reads characters."""
        reading = [part for part in self._tagger.featurizers.values() if isinstance(part, CharacterFeaturizer | SubwordFeaturizer)]
        return max((part.max_length for part in reading), default=None)

    def _clipped(self, sentence: Sentence) -> Sequence[int]:
        """The words of a sentence of which not every character is read."""
        most = self._most_characters
        if most is None or len(sentence.text) <= most:
            return ()
        return [index for index, token in enumerate(sentence.tokens) if len(token.text) > most]

    def _notes(self, work: Work, sentences: Sequence[Sentence], clipped: Sequence[Sequence[int]]) -> list[str]:
        most = self._most_characters or 0
        notes = []
        for sentence, item, words in zip(sentences, work.items, clipped, strict=True):
            for index in words:
                word = sentence.tokens[index].text
                which = f"{work.place}:{item.line}: word {index + 1} of the sentence, '{word[:_SHOWN_CHARACTERS]}...'"
                ends = f"its first {(most + 1) // 2} and last {most // 2}"
                notes.append(f"{which}, has {len(word):,} characters; {ends} were read")
        return notes
