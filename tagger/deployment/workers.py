"""Who tags: this process or, in `processes.py`, several others; what comes out stands in the order of what went in."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from tagger.deployment.tagging import ModelFacts, PieceTagger, Settings, Tagged, Work

Event = TypeVar("Event")


class Done(NamedTuple, Generic[Event]):
    """An event of a stream, and what became of its work; None where it had none."""

    event: Event
    tagged: Tagged | None


class Workers(Protocol):
    """Whoever tags pieces. Used in a `with`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def facts(self) -> ModelFacts:
        """What a reader must know of the model."""
        ...

    def tag(self, events: Iterable[tuple[Event, Work | None]]) -> Iterator[Done[Event]]:
        """Does the work of each event, in their order; an error of `events` comes behind all that stood before it."""
        ...


class Here:
    """Tags in this process."""

    def __init__(self, settings: Settings) -> None:
        self._tagger = PieceTagger(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def facts(self) -> ModelFacts:
        """What a reader must know of the model."""
        return self._tagger.facts()

    def tag(self, events: Iterable[tuple[Event, Work | None]]) -> Iterator[Done[Event]]:
        """Does the work of each event when it is asked for."""
        for event, work in events:
            yield Done(event, None if work is None else self._tagger(work))
