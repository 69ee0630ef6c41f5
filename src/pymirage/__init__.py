"""MirageOS for Python: typed applications built into small images that boot without an operating system."""

__version__ = "0.1.0"
