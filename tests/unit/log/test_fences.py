"""One reading of fences by whoever shows, runs or searches code (M24)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.shared.markdown import Node, parse
from agents.log.code_blocks import CodeBlock, code_blocks, has_code
from agents.log.fences import MOST_BRACKETS, fences, normalised
from agents.team.termination import visible_text


def python(*codes: str) -> tuple[CodeBlock, ...]:
    return tuple(CodeBlock(language="python", code=code) for code in codes)


def shell(*codes: str) -> tuple[CodeBlock, ...]:
    return tuple(CodeBlock(language="sh", code=code) for code in codes)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```python\nx = '''\n        ```\n'''\nprint(1)\n```", python("x = '''\n        ```\n'''\nprint(1)")),
        ("text\n\n    ```python\n    print(1)\n    ```", ()),
        ("> ```python\n> print(1)\n> ```", ()),
        ("- ```python\n  print(1)\n  ```", python("print(1)")),
        ("<!--\n```python\nprint(1)\n```\n-->", ()),
        ("1. First:\n\n   ~~~py\n   a\n   ~~~\n\n2. Then:\n\n   ```sh\n   b\n   ```", (*python("a"), *shell("b"))),
        ("```python\nx\n   ```\nthen", python("x")),
        ("- > ```python\n  > x\n  > ```", ()),
        ("1. - ```python\n     x\n     ```", python("x")),
        ("````md\n```python\nx\n```\n````", ()),
        ("<!-- see\n```python\nx\n```\nthere -->\n```python\ny\n```", python("y")),
        ("> <!--\n> ```python\n> x\n> ```\n> -->\n\n```python\ny\n```", python("y")),
        ("<!-- is no comment\n```python\nx\n```", python("x")),
        ("```html\n<!--\n```\n```python\nx\n```\n-->", python("x")),
        ("\t```python\n\tx\n\t```", ()),
        ("| a |\n|---|\n| b |\n```python\nx\n```", python("x")),
        ("[" * (MOST_BRACKETS + 1) + "\n```python\nx\n```", python("x")),
    ],
)
def test_m24_a_block_is_code_where_commonmark_has_a_fence(text: str, blocks: tuple[CodeBlock, ...]) -> None:
    assert code_blocks(text).blocks == blocks
    assert has_code(text) == bool(blocks)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1. Run: ```bash\necho hi\n```\nthen done", "1. Run:\n```bash\necho hi\n```\nthen done"),
        ("- Run: ```bash\n  echo hi\n  ```", "- Run:\n  ```bash\n  echo hi\n  ```"),
        ("Run this:```sh\r\nls\r\n```", "Run this:\n```sh\nls\n```"),
        ("It prints: ```\n42\n```", "It prints:\n```\n42\n```"),
        ("So ~~~py\nx\n~~~~", "So\n~~~py\nx\n~~~~"),
        ("> Run: ```sh\n> ls\n> ```", "> Run:\n> ```sh\n> ls\n> ```"),
        ("<!-- how --> Run: ```sh\nls\n```", "Run:\n```sh\nls\n```"),
        ("a\n<!-- x --> <!-- y -->\nb", "a\n\nb"),
        ("> <!-- x --> b", "> b"),
        ("Run: ```html\n<!-- x -->\n```", "Run:\n```html\n<!-- x -->\n```"),
    ],
)
def test_m24_a_fence_in_mid_line_stands_on_a_line_of_its_own(text: str, read: str) -> None:
    assert normalised(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "Begin a block with ```python",
        "Begin with ```python and go on.\n```python\nx\n```",
        "Write ```python\n```python\nx\n```",
        "Say ```a``` and ```b\nc\n```",
        "In `` ```sh `` or \\```sh\nls",
        "```python\nprint('Run: ```sh')\ns = '''Run: ```sh\nls\n```",
        "~~~\nRun: ```sh\n```\n~~~",
        "Run: ```sh\nls\n~~~\nls\n~~~",
        "a <!-- x --> b\nc --> d",
        "    <!-- x -->",
        "<!-- x",
        "```\n<!-- x -->\n```",
        "x ```` y",
    ],
)
def test_m24_everything_else_is_read_as_it_stands(text: str) -> None:
    assert normalised(text) == text


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "```", "~~~", "````", "```python\n", "```sh\n", "~~~py\n", "\n", "\n\n", "    ", "  ", "> ", "- ", "1. ",
            "x = 1\n", "print(1)\n", "<!--", "-->", "`", " ", "\t", "Run: ", "\r\n", "|a|b|\n|-|-|\n", "# h\n", "* ",
            "[a]: b\n", "'''", "<div>\n", "---\n", "TERMINATE",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(MARKDOWN)
def test_m24_a_second_reading_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def shown(node: Node, *, quoted: bool = False) -> list[tuple[str, str]]:
    """The language and code of each block that a platform shows outside of quotations."""
    if node.kind == "code":
        return [] if quoted else [(node.info, node.text)]
    return [one for child in node.children for one in shown(child, quoted=quoted or node.kind == "quote")]


@given(MARKDOWN)
def test_m24_what_a_platform_shows_as_a_runnable_block_is_what_runs(text: str) -> None:
    on_platform = [code for language, code in shown(parse(text)) if language in ("python", "py", "sh") and code.strip()]
    known = [one for one in fences(text) if one.info in ("python", "py", "sh") and not one.quoted and one.code.strip()]
    assert on_platform == [one.code for one in known]
    running = [one.code for one in known if one.closed]
    assert running == [one.code for one in code_blocks(text).blocks if one.code in running]


@given(MARKDOWN)
def test_m24_the_ending_word_is_kept_where_it_is_code(text: str) -> None:
    assert has_code(visible_text(text)) == has_code(text)


@pytest.mark.parametrize(
    "piece",
    [
        "```python\nx\n```\n", "Run: ```sh\n", "<!-- x --> ", "<!--\n", "<!-- x -->\n", "- ```\n", "> ```\n", "``` ",
        "Run: ```sh\nls\n```\n", "<!----><!--", "[a]: b\n```\n", "- > 1. ", "Run: ``` \t x\n",
    ],
)  # fmt: skip
def test_m24_hostile_texts_of_40_000_characters_take_seconds_at_most(piece: str) -> None:
    text = "```\n```\n" + piece * (40_000 // len(piece))
    began = time.process_time()
    fences(text)
    assert time.process_time() - began < 5
