"""Settings travel through the environment unchanged."""

import pytest
from pydantic import ValidationError

from tidemill.predict_settings import PredictSettings
from tidemill.settings import Settings

VALUES: dict[object, object] = {str: "text", int: 3, float: 2.5, bool: True}


def subclasses(made: type[Settings]) -> set[type[Settings]]:
    return {made}.union(*(subclasses(child) for child in made.__subclasses__()))


CLASSES = sorted(subclasses(Settings), key=lambda made: made.__name__)


@pytest.mark.parametrize("made", CLASSES)
def test_what_infra_writes_the_function_reads(made: type[Settings]) -> None:
    """Every class comes back equal from its own environment variables, whatever else is set."""
    values = {name: VALUES[field.annotation] for name, field in made.model_fields.items()}
    settings = made.model_validate(values)
    environ = settings.to_env()
    assert all(name.startswith("TIDEMILL_") for name in environ)
    assert made.from_env({**environ, "TIDEMILL_ELSE": "x", "PATH": "/"}) == settings


@pytest.mark.parametrize("made", CLASSES)
def test_every_missing_setting_is_named(made: type[Settings]) -> None:
    """An empty environment names each setting that has no default."""
    with pytest.raises(ValidationError) as refused:
        made.from_env({})
    required = {name for name, field in made.model_fields.items() if field.is_required()}
    assert {error["loc"][0] for error in refused.value.errors()} == required


PREDICT = {
    "TIDEMILL_STAGE": "dev",
    "TIDEMILL_REGISTRY_TABLE": "t",
    "TIDEMILL_CAPTURE_STREAM": "s",
    "TIDEMILL_SIGNING_KEY": "k",
}


def test_numbers_come_back_as_numbers() -> None:
    """The environment holds text only."""
    found = PredictSettings.from_env({**PREDICT, "TIDEMILL_CHAMPION_SECONDS": "0.5"})
    assert found.champion_seconds == 0.5
    assert PredictSettings.from_env({**found.to_env(), "PATH": "/"}) == found


def test_the_settings_that_need_no_pydantic_name_what_is_missing_too() -> None:
    """Each one without a default."""
    with pytest.raises(ValueError, match="stage, registry_table, capture_stream, signing_key"):
        PredictSettings.from_env({})


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function reads where it runs."""
    monkeypatch.setenv("TIDEMILL_STAGE", "dev")
    assert Settings.from_env().stage == "dev"
