"""The index on disk: what is put is found, what is broken is refused and made anew."""

import json
import multiprocessing
import multiprocessing.synchronize
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from impactmakelaar.core.search import Document, IndexUnavailable, TextIndex


def doc(number: int, name: str = "", words: str = "", body: str = "") -> Document:
    return Document(number, {"name": name, "words": words, "body": body})


@pytest.fixture
def index(tmp_path: Path) -> TextIndex:
    made = TextIndex(tmp_path / "search")
    made.rebuild([doc(1, "Boomploeg", "snoeien"), doc(2, "Bakker", "brood", "ook bomen")], 5)
    return made


def found(index: TextIndex, typed: str) -> list[int]:
    return sorted(int(i) for i in index.find(typed).ids)


def test_put_change_and_delete(index: TextIndex) -> None:
    index.apply([doc(3, "Fietsmaker"), doc(2, "Bakker", "taart")], {1}, 9)

    assert found(index, "fietsmaker") == [3]
    assert found(index, "brood") == []
    assert found(index, "taart") == [2]
    assert found(index, "snoeien") == []
    assert index.ids() == {2, 3}
    assert index.applied() == 9


def test_a_word_in_the_name_weighs_most(tmp_path: Path) -> None:
    index = TextIndex(tmp_path)
    index.rebuild([doc(1, body="glas"), doc(2, words="glas"), doc(3, name="Glas")], 0)

    result = index.find("glas")

    order = [int(i) for _, i in sorted(zip(-result.scores, result.ids, strict=True))]
    assert order == [3, 2, 1]


def test_another_reader_sees_a_commit(index: TextIndex) -> None:
    other = TextIndex(index.directory)
    assert found(other, "kaas") == []

    index.apply([doc(7, "Kaas")], set(), 6)

    assert found(other, "kaas") == [7]


def gone(index: TextIndex) -> None:
    shutil.rmtree(index.directory)


def pointer_gone(index: TextIndex) -> None:
    (index.directory / "CURRENT").unlink()


def pointer_outside(index: TextIndex) -> None:
    (index.directory / "CURRENT").write_text("../elsewhere")


def state_gone(index: TextIndex) -> None:
    (index._folder() / "state.json").unlink()


def state_of_another_version(index: TextIndex) -> None:
    path = index._folder() / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"analysis": "nl-0"}))


def files_cut(index: TextIndex) -> None:
    for path in index._folder().glob("*.seg"):
        path.write_bytes(path.read_bytes()[:20])


def files_empty(index: TextIndex) -> None:
    for path in index._folder().iterdir():
        if path.name != "state.json":
            path.write_bytes(b"")


def toc_foreign(index: TextIndex) -> None:
    for path in index._folder().glob("*.toc"):
        path.write_bytes(pickle.dumps({"not": "an index"}))


DAMAGE = [
    gone,
    pointer_gone,
    pointer_outside,
    state_gone,
    state_of_another_version,
    files_cut,
    files_empty,
    toc_foreign,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_refused_and_a_rebuild_heals_it(
    index: TextIndex, damage: Callable[[TextIndex], None]
) -> None:
    damage(index)
    fresh = TextIndex(index.directory)

    with pytest.raises(IndexUnavailable):
        fresh.find("boom")
    with pytest.raises(IndexUnavailable):
        fresh.apply([doc(9, "Kaas")], set(), 8)

    fresh.rebuild([doc(4, "Boom")], 8)
    assert found(fresh, "boom") == [4]


def write_many(directory: str, base: int, ready: multiprocessing.synchronize.Barrier) -> None:
    index = TextIndex(Path(directory))
    ready.wait(30)
    for number in range(10):
        index.apply([doc(base + number, f"naam{base + number}")], set(), base + number)


def test_two_writing_processes_lose_nothing(index: TextIndex) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    writers = [
        context.Process(target=write_many, args=(str(index.directory), base, ready))
        for base in (100, 200)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)

    assert [writer.exitcode for writer in writers] == [0, 0]
    assert index.ids() == {1, 2, *range(100, 110), *range(200, 210)}


def test_an_empty_index_is_a_sound_index(tmp_path: Path) -> None:
    index = TextIndex(tmp_path / "search")
    index.rebuild([], 3)

    result = index.find("boom")

    assert (list(result.ids), result.missing) == ([], ["boom"])
    assert (index.suggest("bo"), index.ids(), index.applied()) == ([], set(), 3)
    index.apply([doc(1, "Boom")], set(), 4)
    assert found(index, "boom") == [1]


def test_directory_is_for_its_owner_only(index: TextIndex) -> None:
    assert index.directory.stat().st_mode & 0o077 == 0


def test_suggestions_begin_with_what_was_typed(index: TextIndex) -> None:
    assert index.suggest("snoe") == ["snoeien"]
    assert index.suggest("") == []
