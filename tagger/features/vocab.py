"""Strings to ids and back."""

from collections.abc import Iterable, Sequence

PADDING = "<pad>"
UNKNOWN = "<unk>"


class Vocab:
    """Strings <-> ids. Id 0 is padding, id 1 stands for every string that is not in it."""

    padding_id = 0
    unknown_id = 1

    def __init__(self, strings: Iterable[str]) -> None:
        self.strings: tuple[str, ...] = (PADDING, UNKNOWN, *dict.fromkeys(strings))
        self._ids = {string: index for index, string in enumerate(self.strings) if index > 1}

    def __len__(self) -> int:
        return len(self.strings)

    def __contains__(self, string: str) -> bool:
        return string in self._ids

    def __getitem__(self, string: str) -> int:
        return self._ids.get(string, self.unknown_id)

    def ids(self, strings: Iterable[str]) -> list[int]:
        """The id of each string."""
        ids, unknown = self._ids, self.unknown_id
        return [ids.get(string, unknown) for string in strings]

    def to_json(self) -> list[str]:
        """The strings without the two special ones, in the order of their ids."""
        return list(self.strings[2:])

    @classmethod
    def from_json(cls, strings: Sequence[str]) -> "Vocab":
        """The vocabulary that `to_json` wrote."""
        return cls(strings)
