"""The simulated platforms: each module here that has a PLATFORM is one."""

from importlib import import_module
from pkgutil import iter_modules

from simulator.api.platform import Platform


def load_platforms() -> dict[str, Platform]:
    """Every platform by its name. A name is that of its module, and of the connector that asks it."""
    found = {}
    for module in iter_modules(__path__):
        platform = getattr(import_module(f"{__name__}.{module.name}"), "PLATFORM", None)
        if platform is not None:
            found[platform.name] = platform
    return found
