"""Columns of values that name somebody, as columns of pseudonyms."""

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.pseudonyms import TOKEN_BYTES, Pseudonymiser

TOKENS = pa.binary(TOKEN_BYTES)


def pseudonymise(cells: pa.Array, key: bytes) -> pa.Array:
    """The token of each canonical text, as `tidemill.pseudonyms.pseudonym` gives it; null of null.

    Canonical is the trimmed cell, or the decimal of an int; each distinct text is hashed once.
    """
    encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    texts = pc.cast(encoded.dictionary, pa.binary()).to_pylist()
    token = Pseudonymiser(key).token
    body = b"".join([token(text) for text in texts])
    tokens = pa.FixedSizeBinaryArray.from_buffers(TOKENS, len(texts), [None, pa.py_buffer(body)])
    return tokens.take(encoded.indices)


def forgotten_mask(tokens: pa.Array, suppressed: frozenset[bytes]) -> pa.Array:
    """Which tokens are of people who asked to be forgotten: booleans, false for null.

    `tokens` are those under the key of the suppression list, `tidemill.pseudonyms.SUPPRESSION`.
    """
    if not suppressed:
        return pa.repeat(pa.scalar(value=False), len(tokens))
    encoded = tokens.dictionary_encode()
    known = [token in suppressed for token in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(known, pa.bool_()).take(encoded.indices), fill_value=False)
