"""Requirement C23: code in what is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log.code_blocks import (
    CodeBlock,
    code_blocks,
    from_arguments,
    has_code,
    to_arguments,
    to_markdown,
)
from agents.ports import RunResult, RunStatus, read_result


def python(code: str, filename: str = "") -> CodeBlock:
    return CodeBlock(language="python", code=code, filename=filename)


def shell(code: str, filename: str = "") -> CodeBlock:
    return CodeBlock(language="sh", code=code, filename=filename)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("python", "python"), ("py", "python"), ("python3", "python"), ("Python", "python"), ("python3.12", "python"),
        ("bash", "sh"), ("sh", "sh"), ("shell", "sh"), ("SH", "sh"),
    ],
)  # fmt: skip
def test_c23_the_usual_names_of_python_and_shell_are_run(name: str, language: str) -> None:
    found = code_blocks(f"Try this:\n```{name}\necho\n```\n")
    assert found.blocks == (CodeBlock(language=language, code="echo"),)
    assert found.notes == ()


@pytest.mark.parametrize(
    "info", ["python title='a b'", " python ", "py:main.py", "{.python .numberLines}", "python {1,3}", "python,ignore"]
)
def test_c23_any_info_string_is_read_by_its_first_word(info: str) -> None:
    assert code_blocks(f"```{info}\nx = 1\n```").blocks == (python("x = 1"),)


def test_c23_tildes_fence_as_backticks_do() -> None:
    assert code_blocks("~~~python\nx = '```'\n```\n~~~").blocks == (python("x = '```'\n```"),)


def test_c23_a_tilde_fence_may_have_backticks_in_its_info_string() -> None:
    assert code_blocks("~~~python `x`\n1\n~~~").blocks == (python("1"),)


def test_c23_a_longer_fence_holds_shorter_ones() -> None:
    text = "````python\ns = '''\n```sh\nrm x\n```\n'''\n````"
    assert code_blocks(text).blocks == (python("s = '''\n```sh\nrm x\n```\n'''"),)


def test_c23_a_fence_inside_a_block_that_is_not_run_is_not_run_either() -> None:
    found = code_blocks("```ruby\n```python\nx\n```")
    assert found.blocks == ()
    assert len(found.notes) == 1


@pytest.mark.parametrize("info", ["text", "json", "YAML", "diff", "md"])
def test_c34_blocks_that_hold_data_are_no_programs_and_nothing_is_said_of_them(info: str) -> None:
    assert code_blocks(f"```{info}\nx: 1\n```") == code_blocks("")


def test_c23_a_longer_closing_fence_closes() -> None:
    assert code_blocks("```python\nx\n`````\nthen").blocks == (python("x"),)


def test_c23_windows_line_ends_are_line_ends() -> None:
    assert code_blocks("Look:\r\n```python\r\nx = 1\r\ny = 2\r\n```\r\nDone.").blocks == (python("x = 1\ny = 2"),)


def test_c23_several_blocks_come_in_order() -> None:
    text = "First\n```sh\npip list\n```\nthen\n~~~py\nx = 1\n~~~\nand\n```bash\nls\n```"
    assert code_blocks(text).blocks == (shell("pip list"), python("x = 1"), shell("ls"))


def test_c23_a_block_in_a_list_item_loses_the_items_indentation_only() -> None:
    text = "1. Do\n    ```python\n    if x:\n        y\n\n   z\n    ```\n"
    assert code_blocks(text).blocks == (python("if x:\n    y\n\nz"),)


def test_c23_a_closing_fence_may_be_less_deep_than_the_opening_one() -> None:
    assert code_blocks("   ```python\n   x\n```").blocks == (python("x"),)


def test_c23_an_indented_fence_within_a_program_does_not_close_its_block() -> None:
    text = '```python\ns = """\n    ```\n"""\n```'
    assert code_blocks(text).blocks == (python('s = """\n    ```\n"""'),)


def test_c23_inline_code_is_no_block() -> None:
    found = code_blocks("Say ```print(1)``` or\n```print(2)```\nor `x`")
    assert found.blocks == ()
    assert found.notes == ()


def test_c23_another_language_is_not_run_and_the_note_says_so() -> None:
    found = code_blocks("```javascript\nalert(1)\n```\n```python\nx\n```")
    assert found.blocks == (python("x"),)
    assert found.notes == (
        "Block 1 was not run: javascript is not run here; begin a block that shall run with python or sh.",
    )


def test_c23_an_info_string_without_a_word_is_quoted_in_the_note() -> None:
    assert "'???' is not run here" in code_blocks("```???\nx\n```").notes[0]


@pytest.mark.parametrize(
    "code",
    [
        "print('hi')",
        "import os",
        "import numpy as np, json",
        "x = 1\nfrom a.b import c\n",
        "from a import b  # why",
        "def f(x):\n    return x",
        "async def f():\n    pass",
        "class A(B):\n    pass",
        "class A:\n    pass",
        "import os  # because",
    ],
)
def test_c23_without_a_language_python_is_inferred_from_telltale_lines(code: str) -> None:
    assert code_blocks(f"```\n{code}\n```").blocks == (python(code),)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "x = 1",
        "timeout: 30",
        "Point(x=1, y=2)",
        "ls -l",
        "import duties are high",
        "import foo from 'foo';",
        "from here to import",
        "class of 1984: a novel",
        ">>> print(1)\n1",
        "Traceback (most recent call last):\n    import x\nValueError",
        "The class: none",
    ],
)
def test_c23_without_a_language_anything_else_is_not_run_and_the_note_says_so(text: str) -> None:
    found = code_blocks(f"```\n{text}\n```")
    assert found.blocks == ()
    assert found.notes == (
        "Block 1 was not run: it names no language; begin a block that shall run with python or sh.",
    )
    assert not has_code(f"```\n{text}\n```")


def test_c23_an_unclosed_fence_is_not_run_and_the_note_says_so() -> None:
    found = code_blocks("```sh\nls\n```\nand\n```python\nx = 1\n")
    assert found.blocks == (shell("ls"),)
    assert found.notes == ("Block 2 was not run: its fence is not closed; write the whole block again.",)


def test_c23_an_empty_block_is_nothing() -> None:
    assert code_blocks("```python\n\n```") == code_blocks("")
    assert not has_code("```python\n \n```")


@pytest.mark.parametrize("name", ["plot.py", "src/plot.py", ".env", "a-b_c+d.py", "é.py", "a..b"])
def test_c23_a_first_line_names_the_file(name: str) -> None:
    assert code_blocks(f"```python\n# filename: {name} \nx\n```").blocks[0].filename == name


@pytest.mark.parametrize(
    "name",
    [
        "../x.py", "/etc/passwd", "a/../../b", "a/..", "./x", "a//b", "a/", "~/x", "~root/x", "C:\\x", "..\\x", "c:x",
        "a\x00b", "a\u202eb", "*", "x" * 201,
    ],
)  # fmt: skip
def test_c23_a_file_name_outside_the_workspace_is_refused_and_nothing_runs(name: str) -> None:
    text = f"```sh\nls\n```\n```python\n# filename: {name}\nx\n```"
    found = code_blocks(text)
    assert found.blocks == ()
    assert found.notes == (
        f"Nothing was run: block 2 names the file {name!r}, which is not in the workspace; "
        "use a plain relative name such as plot.py.",
    )
    assert has_code(text)


@pytest.mark.parametrize(
    "first", ["# plot.py", "# The filename: x.py", "# filename: the name of the file", "x # filename: a", "#filename x"]
)
def test_c23_an_ordinary_first_line_comment_is_not_a_file_name(first: str) -> None:
    assert code_blocks(f"```python\n{first}\nx\n```").blocks[0].filename == ""


def test_c23_a_file_name_on_a_later_line_is_a_comment() -> None:
    assert code_blocks("```python\nx\n# filename: a.py\n```").blocks[0].filename == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no code", False),
        ("```json\n{}\n```", False),
        ("```python\nx\n```", True),
        ("~~~sh\nx\n~~~", True),
        ("```python\nx", True),
        ("```\nprint(1)\n```", True),
    ],
)
def test_c23_has_code_tells_whether_a_runner_has_something_to_answer(text: str, expected: bool) -> None:
    assert has_code(text) is expected


CODE_LINES = st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=40), max_size=6)


@given(
    lines=CODE_LINES, fence=st.sampled_from(["```", "~~~", "````", "~~~~~"]), newline=st.sampled_from(["\n", "\r\n"])
)
def test_c23_whatever_is_fenced_comes_out_exactly(lines: list[str], fence: str, newline: str) -> None:
    inside = [line for line in lines if not line.strip().startswith(fence)]
    code = "\n".join(inside)
    text = newline.join(["Before", f"{fence}sh", *inside, fence, "after"])
    expected = () if not code.strip() else (code,)
    found = code_blocks(text)
    assert tuple(block.code for block in found.blocks) == expected


@given(st.text(st.sampled_from("`~ \t\r\npython#filename:./x"), max_size=200))
def test_c23_any_text_can_be_read_and_only_whole_programs_run(text: str) -> None:
    found = code_blocks(text)
    assert all(block.code.strip() and block.language in ("python", "sh") for block in found.blocks)
    assert not found.blocks or has_code(text)


@pytest.mark.parametrize("code", ["print(1)", "s = '''\\n```\\nx\\n```\\n'''", "a = '````'\\n~~~", "    x"])
def test_m24_a_program_that_is_shown_to_be_changed_comes_back_as_it_was(code: str) -> None:
    blocks = (python(code), shell(code))
    assert code_blocks(to_markdown(blocks)).blocks == blocks


BLOCKS = st.lists(
    st.builds(CodeBlock, language=st.sampled_from(["python", "sh"]), code=st.text(), filename=st.text()), max_size=4
)


@given(BLOCKS)
def test_c23_blocks_survive_the_log(blocks: list[CodeBlock]) -> None:
    assert from_arguments(to_arguments(tuple(blocks))) == tuple(blocks)


@pytest.mark.parametrize("arguments", ["", "[]", "{}", "3", '{"city":"Madrid"}', '{"blocks":[3]}', '{"blocks":[{}]}'])
def test_c23_other_arguments_are_no_blocks(arguments: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_arguments(arguments)


def test_c23_a_model_reads_a_success_as_autogen_writes_it() -> None:
    result = RunResult(status="ok", exit_code=0, output="42\n")
    assert read_result(result) == "exitcode: 0 (execution succeeded)\nCode output: 42\n"


def test_c23_a_model_reads_a_failure_with_its_output() -> None:
    result = RunResult(status="error", exit_code=1, output="NameError: x\n")
    assert read_result(result) == "exitcode: 1 (execution failed)\nCode output: NameError: x\n"


def test_c23_a_failure_without_output_says_that_it_failed() -> None:
    result = RunResult(status="error", exit_code=3, output="\n")
    assert read_result(result) == "exitcode: 3 (execution failed)\nCode output: The program failed and wrote nothing."


def test_c23_a_timeout_is_124_and_says_that_it_timed_out() -> None:
    result = RunResult(status="timeout", exit_code=124, output="step 1\n")
    assert read_result(result) == (
        "exitcode: 124 (execution failed)\nCode output: step 1\nThe program timed out and was ended."
    )


@pytest.mark.parametrize(
    ("status", "words"), [("oom", "memory"), ("output_limit", "wrote more"), ("killed", "from outside")]
)
def test_c23_every_other_ending_is_named_and_is_a_failure(status: RunStatus, words: str) -> None:
    text = read_result(RunResult(status=status, exit_code=0, output=""))
    assert text.startswith("exitcode: 0 (execution failed)\nCode output: The program ")
    assert words in text
