"""Certificates made in the test."""

from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID


def make(folder, name, uri):
    """A key and a certificate that it signed itself, as NAME.pem and NAME.der."""
    key = generate_private_key()
    certificate = generate_self_signed_app_certificate(
        key,
        name,
        {"organizationName": "Test"},
        [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")],
        [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
    )
    (folder / f"{name}.pem").write_bytes(dump_private_key_as_pem(key))
    (folder / f"{name}.der").write_bytes(certificate.public_bytes(Encoding.DER))
