"""Certificates: reading, making and verifying them (RFC 5280), host names (RFC 9525), key files."""
