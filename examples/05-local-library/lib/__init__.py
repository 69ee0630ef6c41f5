"""A library of this project's own."""
