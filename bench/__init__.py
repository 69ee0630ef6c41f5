"""Tables with peers beside us, measured in one run on one machine: `python -m bench [TABLE ...]`."""
