"""What a session in a README means."""

from tests.examples.transcript import Step, sessions

PAGE = """
Text.

```console
$ pymirage run -- --name='a b'
one
two ... four
...
last
$ echo $?
3
$ pymirage build
```

```python
$ no session
```
"""


def test_commands_outputs_and_status() -> None:
    run, build = sessions(PAGE)
    assert run == Step(("pymirage", "run", "--", "--name=a b"), "one\ntwo ... four\n...\nlast\n", 3)
    assert build == Step(("pymirage", "build"), "", 0)


def test_dots_match_within_a_line_or_any_lines() -> None:
    run, build = sessions(PAGE)
    assert run.matches("one\ntwo three four\nlast\n")
    assert run.matches("one\ntwo  four\nand\nmore\nlast\n")
    assert not run.matches("one\ntwo three four\n")
    assert not run.matches("one\ntwo three\n four\nlast\n")
    assert not run.matches("one\ntwo three four\nlast\nmore\n")
    assert build.matches("")
    assert not build.matches("x\n")
