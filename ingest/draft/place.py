"""Where a drafted contract goes: a site folder's contracts, with its source in the folder's registry."""

from __future__ import annotations

from pathlib import Path

from ingest.draft import Draft
from ingest.home import replacing


def place_contract(draft: Draft, folder: Path, *, force: bool = False) -> Path:
    """Write FOLDER/contracts/<source>/<dataset>.odcs.yaml, and the source into FOLDER/sources.yml when no registry has it.

    Returns the contract's path. ValueError when a contract is there already (unless `force`), also one of the project.
    """
    import yaml

    from ingest.site import contract_folders, sources_files

    contract = draft.contract
    name = Path(contract.source) / f"{contract.dataset}.odcs.yaml"
    target = folder / "contracts" / name
    there = next((f / name for f in [*contract_folders(), folder / "contracts"] if (f / name).exists()), None)
    if there and not (force and there.resolve() == target.resolve()):
        raise ValueError(f"{there} is there already. Next: another --dataset, or --force for one in your own folder")
    with replacing(target) as temporary:
        temporary.write_text(draft.text, encoding="utf-8")
    registry = folder / "sources.yml"
    files = list(dict.fromkeys([*sources_files(), *([registry] if registry.is_file() else [])]))
    if not any(contract.source in (yaml.safe_load(f.read_text(encoding="utf-8")) or {}) for f in files):
        before = registry.read_text(encoding="utf-8") if registry.is_file() else ""
        entry = f'{contract.source}:\n  title: {contract.source}\n  schedule: "0 2 * * *"   # Beijing time, for the day before\n'
        with replacing(registry) as temporary:
            temporary.write_text(
                before + ("\n" if before and not before.endswith("\n") else "") + entry, encoding="utf-8"
            )
    return target
