"""Lets Rasa start without TensorFlow and without the chat platforms it has channels for.

Rasa 3.6.21 imports TensorFlow for every pipeline, because its list of built-in components names DIET and TED, and the
SDK of every chat platform, because its list of channels names them. That costs six seconds and 350 MB at each start of a
process that uses none of it (and one SDK runs git in whatever folder it finds itself). This module puts empty classes in
their place: they may be inherited from and named in annotations, and raise a clear error as soon as somebody calls them.
It has to be asked for before anything of Rasa is imported.
"""

from __future__ import annotations

import importlib.machinery
import sys
import types
from importlib.abc import Loader, MetaPathFinder
from typing import Any, Optional, Sequence

PACKAGES = frozenset(
    (
        *("tensorflow", "keras", "tensorflow_hub", "tensorflow_text", "tensorflow_addons"),
        *("aiogram", "fbmessenger", "mattermostwrapper", "rocketchat_API", "slack_sdk", "twilio", "webexteamssdk"),
    )
)


class PackageLeftOut(ImportError):
    """Something called a package that the process was started without."""


class _Placeholder(type):
    """A class that gives further empty classes as its attributes."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(name, (_Empty,), {"__module__": cls.__module__})

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        raise PackageLeftOut(
            f"{cls.__module__}.{cls.__name__} was called, but its package is left out of this process; a pipeline with "
            "DIET, TED or ResponseSelector, or another channel, has to be started by Rasa's own command line"
        )


class _Empty(metaclass=_Placeholder):
    """Root of all empty classes, so that each can be a base class."""


class _EmptyModule(types.ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(name, (_Empty,), {"__module__": self.__name__})


class _Finder(MetaPathFinder, Loader):
    """Finds the left-out packages and every module below them."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[types.ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        return None


def leave_out_packages() -> None:
    """Put the empty classes in place.

    Raises: RuntimeError: one of the packages is imported already, so that two kinds of it would be mixed.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    early = sorted(PACKAGES.intersection(sys.modules))
    if early:
        raise RuntimeError(f"{early[0]} is imported already; leave it out before anything of Rasa is imported")
    sys.meta_path.insert(0, _Finder())
