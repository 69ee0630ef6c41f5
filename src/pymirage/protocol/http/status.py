# pymirage: hot
"""Status codes: RFC 9110 §15, and the IANA registry's others that servers send."""

from typing import Final

REASONS: Final[dict[int, str]] = {
    100: "Continue",
    101: "Switching Protocols",
    102: "Processing",
    103: "Early Hints",
    200: "OK",
    201: "Created",
    202: "Accepted",
    203: "Non-Authoritative Information",
    204: "No Content",
    205: "Reset Content",
    206: "Partial Content",
    207: "Multi-Status",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    423: "Locked",
    424: "Failed Dependency",
    425: "Too Early",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    507: "Insufficient Storage",
    508: "Loop Detected",
    511: "Network Authentication Required",
}


def reason(status: int) -> str:
    """The usual words; "" for codes without."""
    return REASONS.get(status, "")


LINES: Final[dict[int, bytes]] = {
    status: f"HTTP/1.1 {status} {words}\r\n".encode() for status, words in REASONS.items()
}


def status_line(status: int) -> bytes:
    """status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF (RFC 9112 §4)"""
    line = LINES.get(status)
    return b"HTTP/1.1 %d \r\n" % status if line is None else line


def has_no_content(status: int) -> bool:
    """Responses that never carry content: RFC 9110 §6.4.1."""
    return status < 200 or status in (204, 304)
