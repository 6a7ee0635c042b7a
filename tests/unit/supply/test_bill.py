"""The bill of what is shipped against the lock itself, read without the tool that writes the bill (row 30)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.markers import Marker, default_environment

from supply import __main__ as command
from supply import bill

#: The interpreter under which each group runs.
PYTHONS: Final = {"service": "3.12.11", "bot": "3.10.18"}
LOCK: Final[list[dict[str, Any]]] = tomllib.loads((command.ROOT / "uv.lock").read_text())["package"]
BY_NAME: Final = {name: [one for one in LOCK if one["name"] == name] for name in {one["name"] for one in LOCK}}


def needed(group: str) -> set[tuple[str, str]]:
    """Names and versions that a group takes in on Linux, by its own dependencies and theirs."""
    python = PYTHONS[group]
    environment: dict[str, str | AbstractSet[str]] = {
        **{name: str(value) for name, value in default_environment().items()},
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
        "extra": f"group-7-tsunagi-{group}",
    }
    ours = BY_NAME["tsunagi"][0]
    open_ones = [*ours["dependencies"], *ours["dev-dependencies"][group]]
    found: set[tuple[str, str]] = set()
    asked: set[tuple[str, str, str]] = set()
    while open_ones:
        one = open_ones.pop()
        if "marker" in one and not Marker(one["marker"]).evaluate(environment):
            continue
        (package,) = [each for each in BY_NAME[one["name"]] if one.get("version", each["version"]) == each["version"]]
        found.add((package["name"], package["version"]))
        for extra in ("", *one.get("extra", ())):
            if (package["name"], package["version"], extra) not in asked:
                asked.add((package["name"], package["version"], extra))
                more = (
                    package.get("optional-dependencies", {}).get(extra, [])
                    if extra
                    else package.get("dependencies", [])
                )
                open_ones += more
    return found


def locked_hashes(name: str, version: str) -> set[str]:
    """SHA-256 of each file of a package as the lock has them."""
    (package,) = [one for one in BY_NAME[name] if one["version"] == version]
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
    return {one["hash"].removeprefix("sha256:") for one in files}


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    uv = next((path for path in command.UVS if path.exists()), Path("uv"))
    written = bill.write(uv, command.ROOT, tmp_path_factory.mktemp("bills"))
    told = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in written}
    assert all(one["bomFormat"] == "CycloneDX" for one in told.values())
    return {group: one["components"] for group, one in told.items()}


@pytest.mark.parametrize("group", bill.SHIPPED)
def test_row_30_every_locked_package_of_a_group_is_in_its_bill(
    bills: dict[str, list[dict[str, Any]]], group: str
) -> None:
    wanted = needed(group)
    assert len(wanted) > 40
    assert wanted <= {(one["name"], one["version"]) for one in bills[group]}


@pytest.mark.parametrize("group", bill.SHIPPED)
def test_row_30_each_stands_there_with_the_hashes_of_the_lock(
    bills: dict[str, list[dict[str, Any]]], group: str
) -> None:
    for component in bills[group]:
        told = {
            one["content"]
            for file in component["externalReferences"]
            for one in file["hashes"]
            if one["alg"] == "SHA-256"
        }
        assert told and told == locked_hashes(component["name"], component["version"]), component["name"]


def test_row_30_what_only_people_who_work_on_it_need_isn_t_shipped(bills: dict[str, list[dict[str, Any]]]) -> None:
    names = {group: {one["name"] for one in components} for group, components in bills.items()}
    assert not {"pytest", "ruff", "mypy", "playwright", "semgrep"} & (names["service"] | names["bot"])
    assert "rasa" in names["bot"] and "rasa" not in names["service"] and "tsunagi" not in names["service"]
