"""A model archive becomes the objects that other rooms read."""

import io
import tarfile
from hashlib import sha256

import pytest

from tidemill.errors import TrainingError
from tidemill.store import InMemoryStore
from training.judge.unpack import ERRORS, PARTS, unpack

from .test_judge import GOOD, evaluation

URI = "s3://models/job/model.tar.gz"


def archive(*names: str, prefix: str = "") -> bytes:
    sink = io.BytesIO()
    bodies = {name: name.encode() for name in names}
    bodies["evaluation.json"] = evaluation(GOOD).model_dump_json().encode()
    with tarfile.open(fileobj=sink, mode="w:gz") as packed:
        for name in names:
            member = tarfile.TarInfo(prefix + name)
            member.size = len(bodies[name])
            packed.addfile(member, io.BytesIO(bodies[name]))
    return sink.getvalue()


@pytest.mark.parametrize("prefix", ["", "./"])
def test_the_parts_lie_beside_each_other(prefix: str) -> None:
    """Artifact, evaluation and report are copied, the rest is left, the hash is the artifact's."""
    store = InMemoryStore()
    store.write(URI, archive(*PARTS, "model.joblib", prefix=prefix))
    model = unpack(URI, "s3://models/m", store)
    assert {uri for uri in store.objects if uri != URI} == {f"s3://models/m/{n}" for n in PARTS}
    assert model.artifact_sha256 == sha256(b"artifact.tidemill").hexdigest()
    assert model.to_payload()["metrics"] == {"rmse": 2.1, "mae": 1.5}


def test_models_of_errors_lie_beside_a_regression() -> None:
    """They are copied too, and asked of no model that has none."""
    store = InMemoryStore()
    store.write(URI, archive(*PARTS, *ERRORS))
    unpack(URI, "s3://models/m", store)
    for name in ERRORS:
        assert store.read(f"s3://models/m/{name}") == name.encode()


@pytest.mark.parametrize("absent", sorted(PARTS))
def test_an_archive_that_lacks_a_part_is_refused(absent: str) -> None:
    """The error names it."""
    store = InMemoryStore()
    store.write(URI, archive(*(name for name in PARTS if name != absent)))
    with pytest.raises(TrainingError, match=f"lacks {absent}"):
        unpack(URI, "s3://models/m", store)


def test_a_part_that_is_no_file_is_not_followed() -> None:
    """A link in an archive reads nothing."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as packed:
        link = tarfile.TarInfo("report.html")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    store = InMemoryStore()
    store.write(URI, sink.getvalue())
    with pytest.raises(TrainingError):
        unpack(URI, "s3://models/m", store)
