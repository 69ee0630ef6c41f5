"""TCP (RFC 9293) as a core without I/O: segments and time in, segments and events out."""
