from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.pictures.backdrop import make_backdrop
from tests.pictures.make_pictures import FOLDER, Frame, Size, make, write_gif

GIF_BYTES = 1_500_000


def test_the_backdrop_is_the_same_every_time() -> None:
    one, other = make_backdrop(160, 90), make_backdrop(160, 90)
    assert one.tobytes() == other.tobytes()
    assert one.size == (160, 90)
    assert len(one.getcolors(160 * 90) or ()) > 500


def test_the_pictures_of_the_readme_are_there() -> None:
    with Image.open(FOLDER / "overlay.png") as still:
        assert still.size == Size().still
    with Image.open(FOLDER / "live.gif") as moving:
        assert moving.size == Size().moving
        assert moving.n_frames > 20
    assert (FOLDER / "live.gif").stat().st_size < GIF_BYTES
    assert (FOLDER / "overlay.png").stat().st_size < GIF_BYTES


def test_a_recording_is_shown_as_long_as_it_took(tmp_path: Path) -> None:
    frames = [
        Frame(Image.new("RGBA", (40, 20), (255, 255, 255, alpha)), at_s)
        for alpha, at_s in ((0, 0.0), (99, 0.5), (255, 0.7))
    ]
    write_gif(frames, make_backdrop(40, 20), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as moving:
        durations = []
        for number in range(3):
            moving.seek(number)
            durations.append(moving.info["duration"])
    assert durations == [500, 200, 2500]


def test_the_script(chromium: str, tmp_path: Path) -> None:
    make(tmp_path, Size(still=(320, 180), moving=(160, 90), seconds=1.5))
    for name, size in (("overlay.png", (320, 180)), ("live.gif", (160, 90))):
        with Image.open(tmp_path / name) as picture:
            assert picture.size == size
