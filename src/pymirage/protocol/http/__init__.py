"""HTTP: semantics of RFC 9110, messages of HTTP/1.0 and HTTP/1.1 as RFC 9112 writes them."""
