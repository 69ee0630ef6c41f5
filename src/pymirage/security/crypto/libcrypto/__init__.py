"""The provider of images: OpenSSL's libcrypto, beneath the C module `_libcrypto`."""
