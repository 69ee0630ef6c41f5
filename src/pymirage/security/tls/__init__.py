"""TLS 1.3 (RFC 8446) and 1.2 (RFC 5246) without I/O: contexts, names, and one side of a connection.

The protocol itself is OpenSSL's, through Python's `ssl`.
"""
