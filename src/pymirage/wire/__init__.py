"""Packet formats, one file per protocol: pure functions from octets to headers and back."""
