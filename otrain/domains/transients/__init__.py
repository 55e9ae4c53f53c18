"""Real and bogus candidates in image cutouts."""

from otrain.domains.domain import Domain
from otrain.domains.transients.augmentation import AUGMENTATIONS
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.door import READER_NAMES, Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.labels import CLASSES
from otrain.domains.transients.preparation import make_recipe, prepare_rows

__all__ = ["DOMAIN"]

DOMAIN = Domain(
    name="transients",
    axes=("y", "x", "channel"),
    columns=COLUMNS,
    classes=CLASSES,
    task="classification",
    model="compact",
    list_inputs=list_inputs,
    make_door=Door,
    make_recipe=make_recipe,
    prepare_rows=prepare_rows,
    augmentations=AUGMENTATIONS,
    group_columns=("object_id", "candid"),
    augment=("turns",),
    readers=READER_NAMES,
)
