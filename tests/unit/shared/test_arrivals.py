"""Files that people send are kept under plain names, and what is not taken is named (P24, D25)."""

import pytest

from adapters.shared.arrivals import MOST_FILES, Offered, safe_name, take
from agents.testing import MemoryFiles


def offered(name: str, content: bytes | str = b"x", media_type: str = "") -> Offered:
    async def fetch() -> bytes | str:
        return content

    return Offered(name=name, media_type=media_type, fetch=fetch)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd\u202e.png", "passwd.png"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("...", "file"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
        ("ein\nBild.png", "einBild.png"),
    ],
)
def test_p24_a_name_leads_nowhere_and_hides_nothing(name: str, safe: str):
    assert safe_name(name) == safe


async def test_p24_what_comes_is_kept_with_its_type_and_what_does_not_is_named():
    files = MemoryFiles()
    fetched = await take([offered("a.csv"), offered("b", media_type="image/png"), offered("c", "it is large")], files)
    assert [(one.name, one.media_type) for one in fetched.files] == [("a.csv", "text/csv"), ("b", "image/png")]
    assert await files.get(fetched.files[0].sha256) == b"x"
    assert fetched.missing == "[Not taken: c (it is large).]"


async def test_p24_a_type_that_is_none_is_guessed_and_too_many_files_are_not_fetched():
    wanted = [offered(f"{number}.bin", media_type="text/html; <script>") for number in range(MOST_FILES + 1)]
    fetched = await take(wanted, MemoryFiles())
    assert {one.media_type for one in fetched.files} == {"application/octet-stream"}
    assert fetched.missing == f"[Not taken: {MOST_FILES}.bin (there are too many).]"
