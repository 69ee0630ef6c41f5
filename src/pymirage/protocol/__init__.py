"""Application protocols without I/O: bytes and time in, bytes and events out."""
