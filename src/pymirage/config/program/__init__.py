"""The generated program `main.py`: readable, typed, and in the order in which things happen."""
