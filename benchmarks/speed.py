"""Parts train, tag and latency: contestants turn by turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks import ours
from benchmarks.contest import Contest, Worker, in_words, say
from benchmarks.contestant import Split
from benchmarks.results import Row, figure

BARE = "bare nn.LSTM"
PEERS = ("flair", "NCRF++-like", "spacy", "spacy numpy")
_SHORTLY = 4


@dataclass(frozen=True)
class Amounts:
    """How much is measured.

    Attributes:
        repeats: Rounds that count.
        words: Words that each trains on in a round.
        sentences: Sentences whose latency is measured in a round.
        batch_words: Sizes of training batches; peers take part in the last.
    """

    repeats: int
    words: int
    sentences: int
    batch_words: tuple[int, ...]


def train(contest: Contest, amounts: Amounts) -> Iterator[Row]:
    """Training words/s: the whole loop, beside the bare LSTM's forward and backward over the same batches."""
    for batch_words in amounts.batch_words:
        names = [BARE, "tagger", *(PEERS if batch_words == amounts.batch_words[-1] else ())]
        title = f"train, {in_words(contest.threads)}, batches of {batch_words} words"
        answers = contest.rounds(
            title, amounts.repeats, names, _words_per_second, do="train", batch_words=batch_words, words=amounts.words
        )
        setting = f"{in_words(contest.threads)}, batches of {batch_words} words"
        yield from _speeds("train", setting, contest, answers)


def train_peers(contest: Contest, amounts: Amounts) -> None:
    """Trains the peers for a while, so that what they tag afterwards is like what taggers find."""
    for worker in contest.workers:
        if worker.name in PEERS and not worker.missing:
            say(f"training {worker.name} shortly")
            for _ in range(_SHORTLY):
                worker.ask(do="train", batch_words=0, words=amounts.words)


def tag(contest: Contest, amounts: Amounts, splits: dict[str, Split]) -> Iterator[Row]:
    """Tagging words/s: word lists in, tags out, over the dev split; and the F1 of each of our engines."""
    names = [worker.name for worker in contest.workers]
    answers = contest.rounds(f"tag, {in_words(contest.threads)}", amounts.repeats, names, _words_per_second, do="tag")
    scores = {worker.name: _scores(worker, splits) for worker in contest.workers if worker.name in ours.ENGINES}
    yield from _speeds("tag", f"{in_words(contest.threads)}, the dev split in each round", contest, answers, scores)


def latency(contest: Contest, amounts: Amounts) -> Iterator[Row]:
    """Milliseconds of one sentence, one at a time."""
    names = [worker.name for worker in contest.workers]
    title = f"latency, {in_words(contest.threads)}"
    answers = contest.rounds(title, amounts.repeats, names, _milliseconds, do="latency", sentences=amounts.sentences)
    for share, of in (("median", median), ("95 %", _highest_share)):
        setting = f"{in_words(contest.threads)}, {share} of {amounts.sentences} sentences"
        for worker in _asked(contest, answers):
            found = [tuple(zip(*spent, strict=True)) for spent in answers[worker.name]]
            repeats, processor = (tuple(1000 * of(columns[index]) for columns in found) for index in (0, 1))
            yield Row("latency", setting, worker.name, "ms", repeats, processor, worker.missing)


def _highest_share(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def _speeds(
    part: str, setting: str, contest: Contest, answers: dict[str, list[Any]], scores: dict[str, dict[str, float]] | None = None
) -> Iterator[Row]:
    for worker in _asked(contest, answers):
        found = answers[worker.name]
        repeats = tuple(words / seconds for words, seconds, _ in found)
        processor = tuple(words / seconds for words, _, seconds in found)
        facts = dict((scores or {}).get(worker.name, {}))
        if found:
            facts["cores"] = median(of_processor / seconds for _, seconds, of_processor in found)
        yield Row(part, setting, worker.name, "words/s", repeats, processor, worker.missing, facts)


def _asked(contest: Contest, answers: dict[str, list[Any]]) -> Sequence[Worker]:
    return [worker for worker in contest.workers if worker.name in answers]


def _scores(worker: Worker, splits: dict[str, Split]) -> dict[str, float]:
    scores = {}
    for name in ("dev", "test"):
        if name in splits and (tags := worker.ask(do="answers", split=name)) is not None:
            scores[f"{name} F1"] = ours.f1(splits[name], tags)
    return scores


def _words_per_second(answer: Any) -> str:
    return figure(answer[0] / answer[1])


def _milliseconds(answer: Any) -> str:
    return f"{1000 * median(seconds for seconds, _ in answer):.2f} ms"
