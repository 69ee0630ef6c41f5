"""Cryptography, behind one contract: `provider` computes it.

    from pymirage.security.crypto import provider

    sealed = provider.aead("aes-gcm", key).seal(nonce, plaintext)
    provider.public_key(der)                    # RsaPublicKey | EcPublicKey | Ed25519PublicKey

`contract.Provider` says what there is, `names` what it is called, `error` what goes wrong. In images it is
libcrypto beneath a C module, which is built and linked only where something imports this package; on hosts it
is pyca/cryptography (`pip install 'pymirage[security]'`).
"""

from pymirage.security.crypto.choice import provider

__all__ = ["provider"]
