"""The command that breaks the market on purpose: its table fits the sources, and it sees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import planted
import pytest

MARKET = planted.ROOT / "wom_sim" / "market"
NO_MECHANISM = {"__init__.py", "compiled.py"}
QUICK = "Philox has a round less"


def test_there_are_many_plants_in_every_mechanism_room() -> None:
    """A room that nobody ever broke."""
    assert len(planted.PLANTS) >= 40
    rooms = {f"market/{room.name}" for room in MARKET.glob("*.py")
             if room.name not in NO_MECHANISM}
    assert {plant.room for plant in planted.PLANTS} == rooms


def test_plants_have_names_of_their_own() -> None:
    assert max(Counter(plant.name for plant in planted.PLANTS).values()) == 1
    assert max(Counter(plant[1:4] for plant in planted.PLANTS).values()) == 1


@pytest.mark.parametrize("plant", planted.PLANTS, ids=lambda plant: plant.name)
def test_what_a_plant_replaces_is_there_once(plant: planted.Plant) -> None:
    """A plant that a change of the sources made meaningless."""
    text = (planted.ROOT / "wom_sim" / plant.room).read_text(encoding="utf-8")
    assert text.count(plant.old) == 1
    compile(text.replace(plant.old, plant.new), plant.room, "exec")
    assert plant.old != plant.new


def test_a_plant_breaks_the_copy_and_no_more(tmp_path: Path) -> None:
    plant = planted.PLANTS[0]
    file = tmp_path / "wom_sim" / plant.room
    file.parent.mkdir(parents=True)
    file.write_text(f"a\n{plant.old}\nb", encoding="utf-8")
    with planted.broken(tmp_path, plant):
        assert file.read_text(encoding="utf-8") == f"a\n{plant.new}\nb"
    assert file.read_text(encoding="utf-8") == f"a\n{plant.old}\nb"
    file.write_text(plant.old * 2, encoding="utf-8")
    with pytest.raises(SystemExit, match="occurs 2 times"), planted.broken(tmp_path, plant):
        pass


def test_plants_are_chosen_by_name_or_room() -> None:
    assert planted.chosen([]) == list(planted.PLANTS)
    assert [plant.name for plant in planted.chosen([QUICK])] == [QUICK]
    assert {plant.room for plant in planted.chosen(["talk.py"])} == {"market/talk.py"}


def test_one_that_nobody_sees_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(planted, "seen", lambda place, tests: "")
    monkeypatch.setattr(planted, "FOUND", tmp_path / "planted.csv")
    assert planted.main([QUICK]) == 1
    assert "SEEN BY NONE" in capsys.readouterr().out
    answers = iter(("", "world 3"))
    monkeypatch.setattr(planted, "seen", lambda place, tests: next(answers))
    assert planted.main([QUICK]) == 0
    assert "1 of 1 plants seen" in capsys.readouterr().out


@pytest.mark.verification
def test_a_plant_is_seen() -> None:
    with planted.copied() as place:
        assert planted.seen_in(place, *planted.chosen([QUICK])).startswith("world 0")
