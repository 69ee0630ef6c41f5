"""The DNS stub resolver: names to addresses and back, sans-I/O (RFC 1034 §5.3.1, RFC 1123 §6.1)."""
