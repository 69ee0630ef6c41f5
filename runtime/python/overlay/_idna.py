"""In an image: the codec `idna` for host names in ASCII, which is all that most programs encode.

`encodings.idna` with the tables of Unicode is a megabyte; where an image has it, it comes first.
"""

import codecs


def _encode(text, errors="strict"):  # noqa: ARG001 (what codecs are given)
    try:
        return text.encode("ascii"), len(text)
    except UnicodeEncodeError:
        raise UnicodeError(
            f'{text!r} is not ASCII: include=["encodings.idna"] in config.py adds the tables of Unicode'
        ) from None


def _decode(octets, errors="strict"):  # noqa: ARG001
    return bytes(octets).decode("ascii"), len(octets)


def _search(name):
    return codecs.CodecInfo(_encode, _decode, name="idna") if name == "idna" else None


def register():
    """Behind the standard library's own search."""
    codecs.register(_search)
