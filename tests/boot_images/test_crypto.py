"""The provider of images, libcrypto, held to the same vectors as the provider of hosts."""

from __future__ import annotations

import shutil
from pathlib import Path

import cryptography_vectors
import pytest

from tests.boot_images.harness import Lab
from tests.security.crypto import nist, vectors

APP = Path(__file__).parent / "apps" / "crypto"
CHECKS = Path(nist.__file__).parent
NIST = Path(cryptography_vectors.__file__).parent

# Where images differ from one another (processor features, memory) these would show it; unix does all.
SOME = (
    "aes_",
    "chacha20",
    "ecdh_secp256",
    "ecdsa_secp256r1_sha256",
    "ed25519",
    "rsa_oaep_2048_sha1",
    "x25519",
)


def lines(lab: Lab, files: list[tuple[Path, str]]) -> list[str]:
    project = lab.project(APP)
    for name in ("nist.py", "wycheproof.py"):
        shutil.copy(CHECKS / name, project.directory)
    for path, name in files:
        place = project.directory / "vectors" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return lab.boot(lab.build(project), options=("--mem=192",), patience=1500).console.splitlines()


def test_nist(lab: Lab) -> None:
    files = [(NIST / name, name.replace("/", "!")) for name in nist.FILES]
    first, *rest = lines(lab, files)
    assert first == "OpenSSL 3.5.7"
    assert rest == [f"{sum(counts(name) for name in nist.FILES)} cases"]


def counts(name: str) -> int:
    text = (NIST / name).read_text()
    return len(text.splitlines()) if name.endswith("sign.input") else len(list(nist.records(text)))


@pytest.mark.skipif(not vectors.wycheproof(), reason=vectors.WHY_NOT)
def test_wycheproof(lab: Lab) -> None:
    chosen = [path for path in vectors.wycheproof() if lab.target == "unix" or path.name.startswith(SOME)]
    _, *rest = lines(lab, [(path, path.name) for path in chosen])
    assert len(rest) == 1 and int(rest[0].removesuffix(" cases")) > 2000
