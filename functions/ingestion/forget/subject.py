"""The person to forget, as far as a request tells who it is."""

from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Contract
from tidemill.errors import RequestError
from tidemill.events import ForgetRequested
from tidemill.pseudonyms import (
    SUPPRESSION,
    TOKEN_BYTES,
    Pseudonymiser,
    PseudonymKeys,
    subject_column,
)


@dataclass(frozen=True)
class Subject:
    """Recognises one person in the column that names people, in clear or by a token."""

    pipeline: str
    column: str
    tokens: tuple[bytes, ...] = field(repr=False)
    pseudonymiser: Pseudonymiser = field(repr=False)

    @classmethod
    def of_request(cls, event: ForgetRequested, contract: Contract, keys: PseudonymKeys) -> Self:
        """RequestError where the contract names nobody, or its key is newer than the request."""
        column = subject_column(contract)
        if contract.privacy.key >= len(event.tokens):
            raise RequestError(
                f"privacy.key became {contract.privacy.key} after this was asked: ask again"
            )
        pseudonymiser = Pseudonymiser(keys.key(event.pipeline, SUPPRESSION))
        tokens = tuple(bytes.fromhex(token) for token in event.tokens)
        return cls(event.pipeline, column, tokens, pseudonymiser)

    def is_named(self, value: object) -> bool:
        """Whether a value in clear names the person."""
        text = str(value).strip().encode(errors="surrogatepass")
        return self.pseudonymiser.token(text) == self.tokens[SUPPRESSION]

    def mask(self, cells: pa.Array) -> pa.Array:
        """Which cells of the column name the person: booleans, false for null."""
        if pa.types.is_fixed_size_binary(cells.type):
            found = pa.repeat(pa.scalar(value=False), len(cells))
            for token in self.tokens:
                found = pc.or_(found, pc.equal(cells, pa.scalar(token, pa.binary(TOKEN_BYTES))))
            return pc.fill_null(found, fill_value=False)
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        texts = pc.cast(pc.cast(encoded.dictionary, pa.string()), pa.binary()).to_pylist()
        make, wanted = self.pseudonymiser.token, self.tokens[SUPPRESSION]
        known = [make(text) == wanted for text in texts]
        return pc.fill_null(pa.array(known, pa.bool_()).take(encoded.indices), fill_value=False)
