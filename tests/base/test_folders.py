"""Names of a document lead into the allowed folders and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipflow.base.errors import PathRefused
from sipflow.base.folders import resolve_inside


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("scenario", "library", "scenario-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").write_bytes(name.encode())
    (tmp_path / "library" / "only.wav").write_bytes(b"")
    (tmp_path / "secret.wav").write_bytes(b"")
    return tmp_path / "scenario", tmp_path / "library"


def test_relative_name_is_found_in_the_first_folder_that_has_it(folders: tuple[Path, Path]) -> None:
    assert resolve_inside("a.wav", folders) == folders[0] / "a.wav"
    assert resolve_inside("only.wav", folders) == folders[1] / "only.wav"


def test_name_of_nothing_is_where_it_would_be_in_the_first_folder(folders: tuple[Path, Path]) -> None:
    assert resolve_inside("new/b.wav", folders) == folders[0] / "new" / "b.wav"


def test_absolute_name_is_fine_inside_of_a_folder(folders: tuple[Path, Path]) -> None:
    assert resolve_inside(str(folders[1] / "only.wav"), folders) == folders[1] / "only.wav"


@pytest.mark.conformance("R4")
@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "../secret.wav",
        "../scenario-2/a.wav",
        "new/../../secret.wav",
        "..\\secret.wav",
        "\\\\host\\share\\a.wav",
        "a\0.wav",
        "a\n.wav",
        "/etc/passwd",
        "{root}/secret.wav",
        "{root}/scenario-2/a.wav",
        "a" * 2_000,
        "a" * 300,
    ],
)
def test_name_that_leads_out_or_is_malformed_is_refused(name: str, folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(PathRefused):
        resolve_inside(name.format(root=tmp_path), folders)


@pytest.mark.conformance("R4")
def test_percent_signs_stand_for_themselves(folders: tuple[Path, Path]) -> None:
    assert resolve_inside("%2e%2e/secret.wav", folders) == folders[0] / "%2e%2e" / "secret.wav"


@pytest.mark.conformance("R4")
def test_link_that_leads_out_is_refused_and_one_that_stays_inside_is_followed(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    (folders[0] / "out.wav").symlink_to(tmp_path / "secret.wav")
    (folders[0] / "in.wav").symlink_to(folders[1] / "only.wav")

    assert resolve_inside("in.wav", folders) == folders[1] / "only.wav"
    with pytest.raises(PathRefused):
        resolve_inside("out.wav", folders)


def test_without_folders_nothing_may_be_used() -> None:
    with pytest.raises(PathRefused, match="no folder"):
        resolve_inside("a.wav", ())


def test_names_may_lead_into_folders_that_are_allowed_beside_but_are_not_relative_to_them(tmp_path: Path) -> None:
    own, beside = tmp_path / "own", tmp_path / "beside"
    for folder in (own, beside):
        folder.mkdir()
    (beside / "a.wav").touch()

    assert resolve_inside("a.wav", (own,), (beside,)) == own / "a.wav"
    assert resolve_inside("../beside/a.wav", (own,), (beside,)) == beside / "a.wav"
    assert resolve_inside(str(beside / "new.wav"), (own,), (beside,)) == beside / "new.wav"
    with pytest.raises(PathRefused, match="beside"):
        resolve_inside(str(tmp_path / "a.wav"), (own,), (beside,))
