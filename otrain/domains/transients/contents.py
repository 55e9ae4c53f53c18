"""Table of contents of image cutouts: real and bogus candidates."""

from otrain.domains.domain import CubeRules, Domain, Preparation, Source, TaskRules, change_alone
from otrain.domains.transients.augmentation import AUGMENTATIONS
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.door import READER_NAMES, Door
from otrain.domains.transients.flags import FLAGS
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
    example="cutout",
    group_columns=("object_id", "candid"),
    source=Source(
        list_inputs, Door,
        readers=READER_NAMES,
        what="candidate",
        endings=".fits, .fits.gz, .fits.fz, .avro, .npz, .h5",
    ),
    preparation=Preparation(
        make_recipe, prepare_rows,
        options={"channels": "channels"} | FLAGS.parameters("convert"),
    ),
    tasks={
        "classification": TaskRules(
            model="compact",
            augment=("turns",),
            changes={name: change_alone(change) for name, change in AUGMENTATIONS.items()},
        ),
    },
    cube=CubeRules(
        frac_true=0.5,
        always=("candid", "mag", "mag_err", "band", "fwhm", "file"),
        numbers=("mag", "fwhm"),
        categories=("band", "kind"),
        draw_sheet=draw_sheet,
        per_class=PER_CLASS,
        any_classes=True,
    ),
)
