"""The provider of images against the vectors that its image carries (tests/security/crypto)."""

import json

import nist
import wycheproof

from pymirage.device import KeyValueReader
from pymirage.security.crypto import provider


async def main(vectors: KeyValueReader) -> None:
    print(provider.name)
    total = 0
    for name in [entry.name for entry in await vectors.list()]:
        text = (await vectors.get(name)).decode()
        if not name.endswith(".json"):
            count, wrong = nist.failures(provider, name.replace("!", "/"), text)
        elif wycheproof.unsupported(provider, json.loads(text)):
            continue
        else:
            count, wrong = wycheproof.failures(provider, json.loads(text))
        total += count
        for line in wrong:
            print(name, line)
    print(total, "cases")
