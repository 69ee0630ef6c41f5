"""Never imported, and therefore in no image."""

raise ImportError("nobody should have imported this")
