"""Names of users among torch's own."""

from torch import nn


def module_key(name: str) -> str:
    """The key in a `ModuleDict` of what a recipe calls so: some are taken there, such as `type`; none of a recipe ends in `-`."""
    return f"{name}-" if hasattr(nn.ModuleDict(), name) else name
