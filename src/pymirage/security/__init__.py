"""Cryptography, certificates and TLS: what protects bytes on wires and disks."""
