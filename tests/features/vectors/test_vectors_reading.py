"""Whatever a recipe may name as vectors: compressed, within a zip, with a checksum."""

import gzip
import hashlib
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger.errors import CorpusError
from tagger.features.vectors.reading import read_vectors

TEXT = b"the 1 2\ncat 3 4\n"
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "v.txt": bytes,
    "v.vec": bytes,
    "v.txt.gz": gzip.compress,
    "v.txt.xz": lzma.compress,
    # As the end of an address may be called.
    "gzip without its name": gzip.compress,
    "xz without its name": lzma.compress,
}


def read(path: Path | str, **options: str):
    return read_vectors(path, cache=Path("cache"), **options)


def message(path: Path | str, **options: str) -> str:
    with pytest.raises(CorpusError) as caught:
        read(path, **options)
    return str(caught.value)


@pytest.fixture
def zipped(elsewhere: Path) -> Callable[..., Path]:
    def write(**members: bytes) -> Path:
        with zipfile.ZipFile("v.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name.replace("__", "/").replace("_", "."), data)
        return Path("v.zip")

    return write


@pytest.mark.parametrize("name", FORMS)
def test_plain_and_compressed_files_are_read_alike(elsewhere: Path, name: str):
    Path(name).write_bytes(FORMS[name](TEXT))
    assert read(name).words == ("the", "cat")


@pytest.mark.parametrize("name", ["v.txt.gz", "v.txt.xz"])
def test_a_compressed_file_that_is_cut_off_is_refused(elsewhere: Path, name: str):
    Path(name).write_bytes(FORMS[name](TEXT * 99)[:-9])
    assert message(name).startswith(f"{name}: the compressed file is damaged (")


def test_the_only_file_of_a_zip_is_read(zipped):
    path = zipped(folder__v_txt=TEXT, MACOSX__v_txt=b"x", folder__=b"")
    path.rename("other.zip")
    # Finder's own folder is no file of the user's.
    with zipfile.ZipFile("w.zip", "w") as archive:
        for name, data in {"folder/": b"", "folder/v.txt": TEXT, "__MACOSX/folder/._v.txt": b"x"}.items():
            archive.writestr(name, data)
    assert read("w.zip").words == ("the", "cat")


def test_of_several_files_in_a_zip_one_must_be_named(zipped):
    path = zipped(a_2d_txt=TEXT, a_3d_txt=b"the 1 2 3\n")
    assert message(path) == (
        "v.zip: the zip holds 2 files, so that one must be named\n"
        "  Name it behind a colon, as in v.zip:a.2d.txt. It holds a.2d.txt, a.3d.txt."
    )
    assert read("v.zip:a.2d.txt").width == 2
    assert read("v.zip:a.3d.txt").width == 3
    assert message("v.zip:a.4d.txt") == "v.zip: the zip holds no a.4d.txt\n  It holds a.2d.txt, a.3d.txt."


def test_a_fault_within_a_zip_is_told_with_the_file_and_line(zipped):
    zipped(a_txt=TEXT, b_txt=b"the 1 2\ncat 1\n")
    assert message("v.zip:b.txt").startswith("v.zip:b.txt:2: a word and 2 numbers were expected\n")


def test_damaged_empty_and_encrypted_zips_are_refused(zipped):
    data = bytearray(zipped(a_txt=TEXT * 99).read_bytes())
    Path("cut.zip").write_bytes(data[:-30])
    assert message("cut.zip") == "cut.zip: the compressed file is damaged (File is not a zip file)\n  Fetch it again."
    data[45] ^= 255
    Path("bits.zip").write_bytes(data)
    assert message("bits.zip").startswith("bits.zip: the compressed file is damaged (")
    with zipfile.ZipFile("empty.zip", "w"):
        pass
    assert message("empty.zip") == "empty.zip: the zip is empty\n  Fetch it again."
    locked = bytearray(zipped(a_txt=TEXT).read_bytes())
    # The first bit of the flags, in the file's own header and in the directory, means that it is encrypted.
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    Path("locked.zip").write_bytes(locked)
    assert message("locked.zip") == "locked.zip: the zip is encrypted\n  Unpack it, and name the file."


def test_the_checksum_is_held_against_the_file(elsewhere: Path):
    Path("v.txt").write_bytes(TEXT)
    right = hashlib.sha256(TEXT).hexdigest()
    assert read("v.txt", sha256=right.upper()).words == ("the", "cat")
    assert message("v.txt", sha256="0" * 64) == (
        f"v.txt: the file's sha256 is {right}, but {'0' * 64} was expected\n  Fetch it again, or correct sha256 in the recipe."
    )


@pytest.mark.parametrize("address", ["ftp://host/v.txt", "s3://bucket/v.txt", "file:///etc/passwd"])
def test_other_kinds_of_addresses_are_refused(elsewhere: Path, address: str):
    scheme = address.partition(":")[0]
    assert message(address) == (
        f"{address}: vectors can't be fetched by {scheme}\n  Give an http or https address, or fetch the file yourself."
    )


def test_the_users_folder_may_be_written_short(elsewhere: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(elsewhere))
    Path("v.txt").write_bytes(TEXT)
    assert read("~/v.txt").words == ("the", "cat")


def test_a_missing_file_of_a_zip_and_a_folder_are_refused(elsewhere: Path):
    assert message("none.zip:a.txt").startswith("none.zip: no such vectors file\n")
    assert message(elsewhere).startswith(f"{elsewhere}: no such vectors file\n")
