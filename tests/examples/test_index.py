"""The page that lists the examples lists them all."""

from tests.examples.project import EXAMPLES


def test_every_example_is_listed() -> None:
    page = (EXAMPLES[0].parent / "README.md").read_text()
    for example in EXAMPLES:
        assert f"| [{example.name}]({example.name}) |" in page
