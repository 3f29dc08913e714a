"""A back end's side of an assertion, by another implementation than kerbgate's."""
import base64
import json
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils


class Refused(Exception):
    pass


def decode(text):
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text):
    return int.from_bytes(decode(text), "big")


def key_of(jwk):
    if jwk["kty"] == "EC":
        assert jwk["crv"] == "P-256" and len(decode(jwk["x"])) == len(decode(jwk["y"])) == 32
        return ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]),
                                             ec.SECP256R1()).public_key()
    return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()


def check_signature(jwk, signed, signature):
    key, text = key_of(jwk), signed.encode()
    try:
        if jwk["alg"] == "ES256":
            assert len(signature) == 64
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            key.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        else:
            assert jwk["alg"] == "RS256"
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refused("signature") from error


def verify(token, jwks, audience, now=None):
    """The claims of a token that is fit for `audience`; Refused names what is wrong."""
    signed, _, signature = token.rpartition(".")
    head, payload = (json.loads(decode(part)) for part in signed.split("."))
    [jwk] = [jwk for jwk in jwks["keys"] if jwk["kid"] == head["kid"]] or [None]
    if not jwk or head["alg"] != jwk["alg"] or jwk["use"] != "sig":
        raise Refused("key")
    check_signature(jwk, signed, decode(signature))
    now = time.time() if now is None else now
    if payload["aud"] != audience:
        raise Refused("aud")
    if not payload["nbf"] - 10 <= now < payload["exp"] + 10:
        raise Refused("exp")
    return payload
