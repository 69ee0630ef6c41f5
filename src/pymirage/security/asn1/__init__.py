"""ASN.1 in its distinguished encoding (ITU-T X.690), as certificates and keys use it."""
