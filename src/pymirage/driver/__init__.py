"""Implementations of the device signatures, one folder per platform."""
