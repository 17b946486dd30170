"""Identity links (身份关联): the CRM's pairs of identities known to be one person."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.csvfile import write_csv
from simulator.days import DAY, start_of
from simulator.exports.context import Export
from simulator.exports.identities import identity_ids, identity_types
from simulator.frame import Frame
from simulator.text import stamps

LOOK_BACK_DAYS = 7


def write(export: Export) -> Iterator[Path]:
    """All links known at the export for a history, those of the last seven days for one day."""
    links = export.world.people.links()
    links = links.take(links.linked_at <= export.at)
    if not export.is_history:
        links = links.take(links.linked_at >= start_of(export.until) - (LOOK_BACK_DAYS - 1) * DAY)
    yield write_csv(export.path("crm", "identity_links", "identity_links"), _columns(export, links))


def _columns(export: Export, links: Frame) -> dict[str, pa.Array]:
    people = export.world.people
    return {
        "left_type": identity_types(links.left),
        "left_id": identity_ids(people, links.person, links.left),
        "right_type": identity_types(links.right),
        "right_id": identity_ids(people, links.person, links.right),
        "linked_at": stamps(np.asarray(links.linked_at)),
    }
