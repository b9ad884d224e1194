"""Every failure has one name: here, in the workflows' `ErrorEquals`, and in docs/operations.md.

TidemillError
├── ContractError            a contract that cannot be used; carries every problem found
├── DropError                a drop that does not become data
│   ├── RejectedDropError    unreadable: state `rejected`
│   │   ├── EmptyFileError
│   │   ├── UnsupportedFormatError
│   │   └── UnreadableFileError
│   └── QuarantinedDropError readable, not acceptable as it is: state `quarantined`
│       ├── NoContractError
│       ├── UnknownSourceError
│       ├── MissingColumnError
│       ├── UnknownColumnError
│       ├── StaleDataError
│       └── TooManyBadRowsError
├── RefusedBatchError        a file to be scored that is more, or other, than can be
├── DatasetError             a dataset version that cannot be frozen
│   └── TooLargeToJoinError
├── TrainingError            a run that cannot give a model
│   ├── TooFewRowsError
│   ├── ConstantTargetError
│   ├── NoUsableFeatureError
│   ├── UnseenClassError
│   ├── TooManyClassesError
│   ├── FutureDataError
│   ├── LeakageError
│   ├── NoCandidateError     nothing that was tried could be fitted
│   ├── ExportParityError
│   ├── TooLargeForInstanceError
│   ├── LostHostError
│   ├── UnknownPriceError
│   └── BudgetExceededError
├── ArtifactError            a model file that is malformed, altered or of another format
├── NotExplainableError      a model of which it cannot be said exactly what each field adds
├── ModelUnavailableError    neither the champion nor the one before it can be loaded
├── TokenError               a token that shows nobody whom the API knows
├── IssuerError              who issues tokens does not say by which keys
├── ServiceError             a service of AWS does not answer, or refuses
├── RegistryError
│   ├── UnknownPipelineError
│   ├── UnknownDropError
│   ├── UnknownModelError
│   ├── UnknownReportError
│   ├── NoChampionError
│   ├── NothingToRollBackError
│   ├── ServingModelError
│   └── StaleWriteError      somebody else wrote first; read again and retry
└── RequestError             a prediction request that cannot be answered; names the field
    ├── LimitError           more of something than one request may hold
    ├── MediaTypeError       a body that is not said to be JSON
    ├── InvalidInstancesError instances that break the contract; carries every fault
    └── InvalidOutcomesError outcomes that are none of the target; carries every fault
"""

from collections.abc import Sequence


class TidemillError(Exception):
    """The root: anything Tidemill itself refuses."""


class ContractError(TidemillError):
    """A contract that cannot be used; `problems` names each field and its remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class DropError(TidemillError):
    """A drop that does not become data."""


class RejectedDropError(DropError):
    """The object cannot be read at all."""


class EmptyFileError(RejectedDropError):
    """The object has no data row."""


class UnsupportedFormatError(RejectedDropError):
    """The name's ending is none that Tidemill reads."""


class UnreadableFileError(RejectedDropError):
    """The bytes are not what the name's ending says."""


class QuarantinedDropError(DropError):
    """The object is readable and waits: for a contract, a column, or a better file."""


class NoContractError(QuarantinedDropError):
    """The pipeline has no contract yet."""


class UnknownSourceError(QuarantinedDropError):
    """The contract has no such source."""


class MissingColumnError(QuarantinedDropError):
    """A column that the contract declares is not in the file."""


class UnknownColumnError(QuarantinedDropError):
    """The file has a column that the contract does not declare, and the contract minds."""


class StaleDataError(QuarantinedDropError):
    """The newest value of a timestamp column is older than the contract allows."""


class TooManyBadRowsError(QuarantinedDropError):
    """More rows break the contract than it tolerates."""


class RefusedBatchError(TidemillError):
    """A file cannot be scored as it is; the message says what to change."""


class DatasetError(TidemillError):
    """A dataset version that cannot be frozen."""


class TooLargeToJoinError(DatasetError):
    """The sources after the first, which are held in memory, do not fit there."""


class TrainingError(TidemillError):
    """A run that cannot give a model."""


class TooFewRowsError(TrainingError):
    """Fewer rows than any honest estimate needs."""


class ConstantTargetError(TrainingError):
    """The target has one value: there is nothing to learn."""


class NoUsableFeatureError(TrainingError):
    """Every feature is empty or constant."""


class UnseenClassError(TrainingError):
    """The test channel holds a class that the training channel never showed."""


class TooManyClassesError(TrainingError):
    """The target has more than the two classes of a binary task."""


class FutureDataError(TrainingError):
    """Rows that are split by time are of a time to come."""


class LeakageError(TrainingError):
    """A feature gives the target away; the contract says what to do about it."""


class NoCandidateError(TrainingError):
    """Not one candidate of the search could be fitted and scored."""


class ExportParityError(TrainingError):
    """The exported artifact does not predict what scikit-learn predicts."""


class TooLargeForInstanceError(TrainingError):
    """The rows that must not be sampled, those of the test, do not fit into the instance."""


class LostHostError(TrainingError):
    """The host that leads a job of several was not there, or went before it was done."""


class UnknownPriceError(TrainingError):
    """The price table does not have the instance type in this region."""


class BudgetExceededError(TrainingError):
    """The estimated cost is above what the contract allows."""


class ArtifactError(TidemillError):
    """A model file that is malformed, altered or of another format."""


class NotExplainableError(TidemillError):
    """A model of which it cannot be said exactly what each field adds; the text says why."""


class ModelUnavailableError(TidemillError):
    """Neither the champion nor the model before it can be loaded: ask again in a while."""


class ServiceError(TidemillError):
    """A service of AWS does not answer, or refuses what was asked."""


class TokenError(TidemillError):
    """A token that is no valid one of the API's issuer, or is meant for others."""


class IssuerError(TidemillError):
    """Who issues the API's tokens cannot be asked for its keys, or answers what cannot be used."""


class RegistryError(TidemillError):
    """The registry cannot answer or write as asked."""


class UnknownPipelineError(RegistryError):
    """No pipeline of that name has a contract."""


class UnknownDropError(RegistryError):
    """The pipeline has no such drop, or none of which that is known."""


class UnknownModelError(RegistryError):
    """The pipeline has no model of that version."""


class UnknownReportError(RegistryError):
    """The pipeline has no report of that name."""


class NoChampionError(RegistryError):
    """The pipeline serves no model yet."""


class NothingToRollBackError(RegistryError):
    """No model served before the champion, and none is on trial."""


class ServingModelError(RegistryError):
    """The model serves: it can be rolled back, not rejected."""


class StaleWriteError(RegistryError):
    """The record changed since it was read; read again and retry."""


class RequestError(TidemillError):
    """A request that cannot be answered: `pointer` is the JSON pointer (RFC 6901) of the fault."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        self.detail = detail
        self.pointer = pointer
        super().__init__(detail)


class LimitError(RequestError):
    """More of something than one request may hold."""


class MediaTypeError(RequestError):
    """A body of another type than JSON."""


class InvalidInstancesError(RequestError):
    """Instances that break the contract; `faults` names each field and what is wrong with it."""

    def __init__(self, invalid: int, faults: Sequence[RequestError]) -> None:
        self.invalid = invalid
        self.faults = tuple(faults)
        super().__init__(f"{invalid} of the instances cannot be scored")


class InvalidOutcomesError(RequestError):
    """Outcomes that are none of the target; `faults` names each field and what is wrong with it."""

    def __init__(self, invalid: int, faults: Sequence[RequestError]) -> None:
        self.invalid = invalid
        self.faults = tuple(faults)
        super().__init__(f"{invalid} of the outcomes cannot be taken")
