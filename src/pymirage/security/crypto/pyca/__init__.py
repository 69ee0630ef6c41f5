"""The provider of hosts: pyca/cryptography, which brings its own OpenSSL."""
