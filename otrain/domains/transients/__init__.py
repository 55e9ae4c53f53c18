"""Real and bogus candidates in image cutouts."""

from otrain.domains.domain import CubeRules, Domain
from otrain.domains.transients.augmentation import AUGMENTATIONS
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.door import READER_NAMES, Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.labels import CLASSES
from otrain.domains.transients.preparation import make_recipe, prepare_rows
from otrain.domains.transients.sheet import PER_CLASS, draw_sheet

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
    cube=CubeRules(
        options={"cutout_size": "size", "channels": "channels", "pad": "pad", "nonfinite": "nonfinite"},
        what="candidate",
        endings=".fits, .fits.gz, .fits.fz, .avro, .npz, .h5",
        frac_true=0.5,
        always=("candid", "mag", "mag_err", "band", "fwhm", "file"),
        numbers=("mag", "fwhm"),
        categories=("band", "kind"),
        draw_sheet=draw_sheet,
        per_class=PER_CLASS,
    ),
)
