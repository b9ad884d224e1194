"""What a contract may not change unsaid: the signature that clients of the champion rely on."""

from tidemill.contract import Contract, signature_breaks
from tidemill.errors import ContractError, NoChampionError
from tidemill.registry import Registry


def require_compatible(proposed: Contract, registry: Registry) -> None:
    """ContractError where the champion's clients would have to follow and nobody said so.

    A break that the contract in force has already was accepted with it.
    """
    try:
        champion = registry.champion(proposed.pipeline).model_version
    except NoChampionError:
        return
    trained = registry.model(proposed.pipeline, champion).contract_version
    serving = registry.contract_version(proposed.pipeline, trained)
    if serving is None:
        return
    in_force = registry.contract_in_force(proposed.pipeline) or serving
    accepted = signature_breaks(serving, in_force)
    breaks = [change for change in signature_breaks(serving, proposed) if change not in accepted]
    if breaks and proposed.supersedes not in {trained, in_force.version}:
        raise ContractError([*breaks, _way_forward(proposed, champion, trained, in_force)])


def _way_forward(proposed: Contract, champion: int, trained: str, in_force: Contract) -> str:
    stale = ""
    if proposed.supersedes:
        both = f"{trained}, which model {champion} was trained under"
        if in_force.version != trained:
            both += f", nor {in_force.version}, which is in force"
        stale = f"names {proposed.supersedes}, which is not {both}; "
    return (
        f"supersedes: {stale}this breaks requests to model {champion}: drop it under a new"
        f' pipeline name, or write `supersedes: "{trained}"` to accept that clients must follow'
        " when the next model is promoted"
    )
