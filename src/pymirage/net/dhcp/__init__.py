"""DHCPv4: a client and a small server, both sans-I/O (RFC 2131)."""
