"""What request smugglers send: each is refused, and nothing behind it is read as a request.

The cases are those that published collections name (RFC 9112 §11.2; the advisories and test suites of node's
llhttp, of Go, of HAProxy and Apache; "HTTP desync attacks", "HTTP garden", "funky chunks"), in our own words.
"""

from __future__ import annotations

import pytest

from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import ServerConnection
from tests.protocol.http.transcript import answered

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def post(*lines: str, body: str = "") -> bytes:
    head = "\r\n".join(["POST / HTTP/1.1", "Host: a", *lines, "", body])
    return head.encode("latin-1")


def line(text: str) -> bytes:
    return text.encode("latin-1") + b"\r\nHost: a\r\n\r\n"


def chunks(body: str) -> bytes:
    return post("Transfer-Encoding: chunked", body=body)


LENGTHS = {
    "both": (post("Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n"), "LENGTH_AND_CODING"),
    "both, the other order": (post("Transfer-Encoding: chunked", "Content-Length: 5"), "LENGTH_AND_CODING"),
    "both, no coding": (post("Transfer-Encoding: identity", "Content-Length: 5"), "LENGTH_AND_CODING"),
    "two that differ": (post("Content-Length: 5", "Content-Length: 6"), "LENGTH_TWICE"),
    "two that are equal": (post("Content-Length: 5", "Content-Length: 5"), "LENGTH_TWICE"),
    "list": (post("Content-Length: 5, 5"), "LENGTH"),
    "list that differs": (post("Content-Length: 5, 6"), "LENGTH"),
    "plus": (post("Content-Length: +5"), "LENGTH"),
    "minus": (post("Content-Length: -5"), "LENGTH"),
    "minus zero": (post("Content-Length: -0"), "LENGTH"),
    "hexadecimal": (post("Content-Length: 0x5"), "LENGTH"),
    "fraction": (post("Content-Length: 5.0"), "LENGTH"),
    "exponent": (post("Content-Length: 1e1"), "LENGTH"),
    "underscore, as int() takes": (post("Content-Length: 1_0"), "LENGTH"),
    "other digits, as int() takes": (post("Content-Length: \xb2"), "LENGTH"),
    "space inside": (post("Content-Length: 5 5"), "LENGTH"),
    "empty": (post("Content-Length:"), "LENGTH"),
    "quoted": (post('Content-Length: "5"'), "LENGTH"),
    "parameter": (post("Content-Length: 5;a"), "LENGTH"),
    "64 bits and more": (post("Content-Length: 18446744073709551621"), "LENGTH"),
    "vertical tab": (post("Content-Length: \x0b5"), "FIELD_VALUE"),
    "nul": (post("Content-Length: 5\0"), "FIELD_VALUE"),
}

CODINGS = {
    "twice": (post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "CODING"),
    "list twice": (post("Transfer-Encoding: chunked, chunked"), "CODING"),
    "not last": (post("Transfer-Encoding: chunked, identity"), "CODING"),
    "not last, two lines": (post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), "CODING"),
    "identity": (post("Transfer-Encoding: identity"), "CODING"),
    "empty": (post("Transfer-Encoding:"), "CODING"),
    "unknown": (post("Transfer-Encoding: xchunked"), "CODING"),
    "longer": (post("Transfer-Encoding: chunkedx"), "CODING"),
    "quoted": (post('Transfer-Encoding: "chunked"'), "CODING"),
    "single quotes": (post("Transfer-Encoding: 'chunked'"), "CODING"),
    "two words": (post("Transfer-Encoding: x chunked"), "CODING"),
    "parameter": (post("Transfer-Encoding: chunked;a=b"), "CODING"),
    "empty member": (post("Transfer-Encoding: , chunked"), "CODING"),
    "trailing comma": (post("Transfer-Encoding: chunked,"), "CODING"),
    "identity before": (post("Transfer-Encoding: identity, chunked"), "CODING_UNKNOWN"),
    "gzip before": (post("Transfer-Encoding: gzip, chunked"), "CODING_UNKNOWN"),
    "vertical tab": (post("Transfer-Encoding: \x0bchunked"), "FIELD_VALUE"),
    "form feed": (post("Transfer-Encoding: chunked\x0c"), "FIELD_VALUE"),
    "nul": (post("Transfer-Encoding: chunked\0"), "FIELD_VALUE"),
    "no-break space": (post("Transfer-Encoding: \xa0chunked"), "CODING"),
    "folded": (post("Transfer-Encoding:", " chunked"), "FOLDED"),
    "folded with a tab": (post("Transfer-Encoding:", "\tchunked"), "FOLDED"),
    "space before the colon": (post("Transfer-Encoding : chunked"), "FIELD_NAME"),
    "tab before the colon": (post("Transfer-Encoding\t: chunked"), "FIELD_NAME"),
    "space before the name": (post(" Transfer-Encoding: chunked"), "FOLDED"),
    "control before the name": (post("\x01Transfer-Encoding: chunked"), "FIELD_NAME"),
    "nul in the name": (post("Transfer\0-Encoding: chunked"), "FIELD_NAME"),
    "letter of another script in the name": (post("Transfer-Encod\xedng: chunked"), "FIELD_NAME"),
    "version 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "CODING_VERSION"),
    "in a bare carriage return": (post("X: y\rTransfer-Encoding: chunked"), "LINE_END"),
    "in a bare line feed": (post("X: y\nTransfer-Encoding: chunked"), "LINE_END"),
}

LINES = {
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n", "LINE_END"),
    "bare line feed after the start line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", "START_LINE"),
    "bare line feed at the end": (b"GET / HTTP/1.1\r\nHost: a\r\n\n", "LINE_END"),
    "bare line feed in a value": (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "LINE_END"),
    "bare carriage return in a value": (b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "LINE_END"),
    "bare carriage return in the start line": (b"GET / HTTP/1.1\rHost: a\r\n\r\n", "START_LINE"),
    "two carriage returns": (b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "LINE_END"),
    "carriage return before the name": (b"GET / HTTP/1.1\r\n\rHost: a\r\n\r\n", "LINE_END"),
    "no colon": (b"GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", "FIELD_NAME"),
    "empty name": (b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "FIELD_NAME"),
    "space in the name": (b"GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", "FIELD_NAME"),
    "comment in the name": (b"GET / HTTP/1.1\r\nHost: a\r\nX(Y): b\r\n\r\n", "FIELD_NAME"),
    "folded": (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "FOLDED"),
    "space before the first field": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "FOLDED"),
    "space before the end": (b"GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", "FOLDED"),
    "nul in a value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", "FIELD_VALUE"),
    "delete in a value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n", "FIELD_VALUE"),
}

STARTS = {
    "two spaces": (line("GET  / HTTP/1.1"), "START_LINE"),
    "two spaces before the version": (line("GET /  HTTP/1.1"), "START_LINE"),
    "tab": (line("GET\t/ HTTP/1.1"), "START_LINE"),
    "tab before the version": (line("GET /\tHTTP/1.1"), "TARGET"),
    "space at the start": (line(" GET / HTTP/1.1"), "START_LINE"),
    "space at the end": (line("GET / HTTP/1.1 "), "START_LINE"),
    "space in the target": (line("GET /a b HTTP/1.1"), "START_LINE"),
    "no version": (line("GET /"), "START_LINE"),
    "no target": (line("GET HTTP/1.1"), "START_LINE"),
    "only a method": (line("GET"), "START_LINE"),
    "method that is no token": (line("GE(T / HTTP/1.1"), "START_LINE"),
    "lower-case protocol": (line("GET / http/1.1"), "START_LINE"),
    "other protocol": (line("GET / HTTQ/1.1"), "START_LINE"),
    "longer version": (line("GET / HTTP/1.10"), "START_LINE"),
    "leading zero": (line("GET / HTTP/01.1"), "START_LINE"),
    "no minor version": (line("GET / HTTP/1"), "START_LINE"),
    "comma": (line("GET / HTTP/1,1"), "START_LINE"),
    "letters": (line("GET / HTTP/1.x"), "START_LINE"),
    "version 0.9": (line("GET / HTTP/0.9"), "VERSION"),
    "version 2.0": (line("GET / HTTP/2.0"), "VERSION"),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "VERSION"),
    "nul in the target": (line("GET /\0 HTTP/1.1"), "TARGET"),
    "eighth bit in the target": (line("GET /\xe4 HTTP/1.1"), "TARGET"),
    "fragment": (line("GET /a#b HTTP/1.1"), "TARGET"),
    "relative": (line("GET a HTTP/1.1"), "TARGET_FORM"),
    "asterisk for GET": (line("GET * HTTP/1.1"), "TARGET_FORM"),
    "authority for GET": (line("GET a:80 HTTP/1.1"), "TARGET_FORM"),
    "path for CONNECT": (line("CONNECT / HTTP/1.1"), "TARGET_FORM"),
    "CONNECT without a port": (line("CONNECT a HTTP/1.1"), "TARGET_FORM"),
    "other scheme": (line("GET ftp://a/ HTTP/1.1"), "TARGET_FORM"),
    "no host in the target": (line("GET http:///x HTTP/1.1"), "TARGET"),
    "user in the target": (line("GET http://b@a/ HTTP/1.1"), "TARGET"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "START_LINE"),
    "CONNECT with a body": (
        b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 1\r\n\r\n",
        "CONNECT_BODY",
    ),
}

HOSTS = {
    "missing": (b"GET / HTTP/1.1\r\n\r\n", "HOST_MISSING"),
    "missing beside an absolute target": (b"GET http://a/ HTTP/1.1\r\n\r\n", "HOST_MISSING"),
    "twice": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HOST_TWICE"),
    "twice the same": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "HOST_TWICE"),
    "twice in HTTP/1.0": (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "HOST_TWICE"),
    "other than the target's": (b"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "HOST_TARGET"),
    "list": (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "HOST"),
    "user": (b"GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", "HOST"),
    "path": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "HOST"),
    "port that is no number": (b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "HOST"),
    "two ports": (b"GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "HOST"),
    "open bracket": (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "HOST"),
    "behind the bracket": (b"GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", "HOST"),
    "markup": (b"GET / HTTP/1.1\r\nHost: <a>\r\n\r\n", "HOST"),
}

CHUNKS = {
    "empty size": (chunks("\r\n"), "CHUNK_SIZE"),
    "prefix": (chunks("0x5\r\nhello\r\n"), "CHUNK_SIZE"),
    "plus": (chunks("+5\r\nhello\r\n"), "CHUNK_SIZE"),
    "minus": (chunks("-5\r\nhello\r\n"), "CHUNK_SIZE"),
    "underscore": (chunks("1_0\r\n"), "CHUNK_SIZE"),
    "no digit": (chunks("g\r\n"), "CHUNK_SIZE"),
    "space before": (chunks(" 5\r\nhello\r\n"), "CHUNK_SIZE"),
    "space behind": (chunks("5 \r\nhello\r\n"), "CHUNK_SIZE"),
    "tab behind": (chunks("5\t\r\nhello\r\n"), "CHUNK_SIZE"),
    "two sizes": (chunks("5 5\r\nhello\r\n"), "CHUNK_SIZE"),
    "64 bits and more": (chunks("10000000000000005\r\nhello\r\n"), "CHUNK_SIZE"),
    "32 bits and more": (chunks("100000005\r\nhello\r\n"), "BODY_SIZE"),
    "line of zeros": (chunks("0" * 100), "CHUNK_SIZE"),
    "bare line feed": (chunks("5\nhello\r\n"), "LINE_END"),
    "bare carriage return": (chunks("5\rhello\r\n"), "LINE_END"),
    "two carriage returns": (chunks("5\r\r\nhello\r\n"), "LINE_END"),
    "bare line feed in an extension": (chunks("5;a\nhello\r\n"), "LINE_END"),
    "bare carriage return in an extension": (chunks("5;a\rb\r\nhello\r\n"), "LINE_END"),
    "extension without a name": (chunks("5;\r\nhello\r\n"), "CHUNK_EXTENSION"),
    "extension without a name, line feed": (chunks("5;\nhello\r\n"), "LINE_END"),
    "nul in an extension": (chunks("5;a\0\r\nhello\r\n"), "CHUNK_EXTENSION"),
    "longer than its size": (chunks("4\r\nhello\r\n"), "CHUNK_END"),
    "shorter than its size": (chunks("6\r\nhello\r\n0\r\n\r\n"), "CHUNK_END"),
    "data that ends in a line feed": (chunks("5\r\nhello\n0\r\n\r\n"), "CHUNK_END"),
    "data without an end": (chunks("5\r\nhello0\r\n\r\n"), "CHUNK_END"),
    "two arbitrary octets as an end": (chunks("5\r\nhelloxx0\r\n\r\n"), "CHUNK_END"),
    "last chunk in a line feed": (chunks("0\n\n"), "LINE_END"),
    "trailers in a line feed": (chunks("0\r\n\n"), "LINE_END"),
    "trailer in a line feed": (chunks("0\r\na: b\n\r\n"), "LINE_END"),
    "folded trailer": (chunks("0\r\na: b\r\n c\r\n\r\n"), "FOLDED"),
    "trailer with a space before its colon": (chunks("0\r\na : b\r\n\r\n"), "FIELD_NAME"),
    "trailer without a colon": (chunks("0\r\nX\r\n\r\n"), "FIELD_NAME"),
}

ALL = {
    f"{kind}: {name}": case
    for kind, cases in {
        "length": LENGTHS, "coding": CODINGS, "line": LINES, "start": STARTS, "host": HOSTS, "chunk": CHUNKS,
    }.items()
    for name, case in cases.items()
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_refused(name: str) -> None:
    data, refusal = ALL[name]
    assert answered(data)[-1] == refusal
    followed = answered(data + SMUGGLED)
    assert followed[-1] in Refusal.__members__ and "GET /smuggled" not in followed


@pytest.mark.parametrize("name", ALL)
def test_refused_octet_by_octet(name: str) -> None:
    """However it arrives; at times with another of the reasons, as soon as it is certain."""
    peer = ServerConnection(Limits())
    for octet in ALL[name][0] + SMUGGLED:
        peer.receive(bytes([octet]))
        while (event := peer.next_event()) is not None:
            if isinstance(event, Refusal):
                return
    raise AssertionError("it was taken")


TAKEN = {
    "extension": (chunks("5;a=b\r\nhello\r\n0\r\n\r\n"), ["POST /", "data hello", "end"]),
    "extension behind space": (chunks("5 ; a = b\r\nhello\r\n0;x\r\n\r\n"), ["POST /", "data hello", "end"]),
    "quoted extension": (chunks('5;a="b;c"\r\nhello\r\n0\r\n\r\n'), ["POST /", "data hello", "end"]),
    "zeros before": (chunks("0005\r\nhello\r\n000\r\n\r\n"), ["POST /", "data hello", "end"]),
    "both cases": (chunks("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
                   ["POST /", "data 01234567890123456789", "end"]),
    "any case of the coding": (post("TRANSFER-ENCODING:  CHUNKED \t", body="0\r\n\r\n"), ["POST /", "end"]),
    "length with zeros": (post("Content-Length: 005", body="hello"), ["POST /", "data hello", "end"]),
    "length with tabs around": (post("Content-Length:\t5\t", body="hello"), ["POST /", "data hello", "end"]),
    "no length": (post(), ["POST /"]),
    "length zero": (post("Content-Length: 0"), ["POST /", ]),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str) -> None:
    data, events = TAKEN[name]
    assert answered(data) == events
