"""The page that lists the examples lists them all."""

from tests.examples.project import ALL


def test_every_example_is_listed() -> None:
    page = (ALL[0].parent / "README.md").read_text()
    for example in ALL:
        assert f"| [{example.name}]({example.name}) |" in page
