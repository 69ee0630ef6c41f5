"""The command line `pymirage`. It runs on the developer's machine, never in an image."""
