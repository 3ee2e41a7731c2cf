"""What can go wrong that a user can mend.

    TaggerError
      RecipeError     a recipe, or a --set beside it, asks for what is not there
      CorpusError     a corpus file can't be read as what the recipe says it is
      ModelError      a model or run folder can't be opened, written or taken up

A TaggerError is shown as one message and exit code 1. Anything else that escapes is a fault of ours and keeps its traceback.
"""


class TaggerError(Exception):
    """A problem that the user can mend: what it is, where it stands, and how to fix it.

    Args:
        problem: What is wrong, in one line.
        where: A place the user can open: `file:line`, a folder, a recipe key.
        fix: What to do about it.
    """

    def __init__(self, problem: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.problem = problem
        self.where = where
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        first = f"{self.where}: {self.problem}" if self.where else self.problem
        if not self.fix:
            return first
        return first + "\n" + "\n".join("  " + line for line in self.fix.splitlines())


class RecipeError(TaggerError):
    """A recipe asks for something that does not exist or can't be combined."""


class CorpusError(TaggerError):
    """A corpus can't be read as what the recipe says it is.

    Args:
        kind: What sort of fault it is, in a word or two; faults of one kind are counted together.
    """

    def __init__(self, problem: str, *, where: str | None = None, fix: str | None = None, kind: str = "unreadable") -> None:
        super().__init__(problem, where=where, fix=fix)
        self.kind = kind


class ModelError(TaggerError):
    """A model folder or run folder can't be opened, written or taken up."""
