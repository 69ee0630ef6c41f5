"""The network stack, sans-I/O: octets and time in, octets and events out."""
