"""The seal: padding, what opens it and what does not, where the key lies."""

import stat

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core import sealing
from impactmakelaar.core.sealing import KeyLost


@given(st.binary(max_size=5000))
def test_padding_comes_off_again(content: bytes) -> None:
    assert sealing.unpadded(sealing.padded(content)) == content


def test_lengths_say_little() -> None:
    lengths = {len(sealing.padded(b"x" * n)) for n in (0, 1, 1000, 60_000)}
    assert lengths == {sealing.SMALLEST_STEP}
    assert len(sealing.padded(b"x" * 70_000)) == 2 * sealing.SMALLEST_STEP


def test_only_the_key_of_the_box_opens_what_belongs_to_it(app: Flask) -> None:
    with app.app_context():
        public, other = sealing.new_box("doos1"), sealing.new_box("doos2")
        sealed = sealing.seal(b"geheim", public=public, about="a")

        assert sealing.unseal(sealed, name="doos1", about="a") == b"geheim"
        for name, about in (("doos2", "a"), ("doos1", "b"), ("doos3", "a")):
            with pytest.raises(KeyLost):
                sealing.unseal(sealed, name=name, about=about)
        assert b"geheim" not in sealed
        assert public != other


def test_the_same_content_is_never_sealed_the_same(app: Flask) -> None:
    with app.app_context():
        public = sealing.new_box("doos")
        assert sealing.seal(b"x", public=public, about="a") != sealing.seal(
            b"x", public=public, about="a"
        )


def test_the_key_lies_apart_and_is_nobody_elses_to_read(app: Flask) -> None:
    with app.app_context():
        sealing.new_box("doos")
        path = sealing.key_file("doos")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with pytest.raises(FileExistsError):
            sealing.new_box("doos")
        with pytest.raises(ValueError, match="letters"):
            sealing.key_file("../doos")
