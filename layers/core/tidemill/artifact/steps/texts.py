"""A text to how often it has each word of a vocabulary."""

import math
import re
from collections import Counter
from typing import Any

from tidemill.artifact.steps.step import Built, Row
from tidemill.errors import ArtifactError

WORD = r"(?u)\b\w\w+\b"
MOST_CHARACTERS = 10_000


def words(spec: dict[str, Any], width: int) -> Built:
    """Counts of the listed words in one text, in lower case; with `idf`, their TF-IDF.

    That is (1 + ln count) times idf, divided by the Euclidean norm over all words.
    """
    places = {str(word): k for k, word in enumerate(spec["words"])}
    size, find = len(places), re.compile(WORD).findall
    idf = None if spec["idf"] is None else [float(weight) for weight in spec["idf"]]
    if width != 1 or size != len(spec["words"]) or (idf is not None and len(idf) != size):
        raise ArtifactError("a words step needs one text, distinct words, and a weight for each")

    def count(row: Row) -> Row:
        seen = Counter(places[word] for word in find(row[0].lower()) if word in places)
        out = [0.0] * size
        for k, times in seen.items():
            out[k] = float(times) if idf is None else (math.log(times) + 1.0) * idf[k]
        if idf is None or not seen:
            return out
        norm = math.sqrt(math.fsum(out[k] * out[k] for k in seen))
        return [value / norm for value in out]

    return count, size
