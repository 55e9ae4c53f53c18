"""Table of contents of image cutouts: real and bogus candidates."""

from dataclasses import replace

from otrain.domains.domain import CubeRules, Domain, Preparation, Source, TaskRules, change_alone
from otrain.domains.labels.classes import CLASSES
from otrain.domains.transients.augmentation import AUGMENTATIONS, WITH_PIXELS
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.door import READER_NAMES, Door
from otrain.domains.transients.draft_mapping import draft_mapping
from otrain.domains.transients.flags import FLAGS
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.pixel_classes import LABEL, PIXEL_CLASSES, PixelDoor, list_images
from otrain.domains.transients.preparation import make_recipe, prepare_rows
from otrain.domains.transients.sheet import PER_CLASS, draw_sheet

__all__ = ["DOMAIN"]

SOURCE = Source(
    list_inputs, Door,
    readers=READER_NAMES,
    what="candidate",
    endings=".fits, .fits.gz .fz .bz2 .xz .Z, .avro, .tar, .tar.gz, .zip, .npy, .npz, .h5, .parquet, .json, "
            ".png, .jpg",
    draft_mapping=draft_mapping,
)
CUBE = CubeRules(
    frac_true=0.5,
    always=("candid", "mag", "mag_err", "band", "fwhm", "file"),
    numbers=("mag", "fwhm"),
    categories=("band", "kind"),
    draw_sheet=draw_sheet,
    per_class=PER_CLASS,
    any_classes=True,
    judged="difference",
)

DOMAIN = Domain(
    name="transients",
    axes=("y", "x", "channel"),
    columns=COLUMNS,
    classes=CLASSES,
    example="cutout",
    group_columns=("object_id", "candid"),
    source=SOURCE,
    preparation=Preparation(
        make_recipe, prepare_rows,
        options={"channels": "channels", "mapping": "mapping"} | FLAGS.parameters("convert"),
    ),
    tasks={
        "classification": TaskRules(
            model="compact",
            augment=("turns",),
            changes={name: change_alone(change) for name, change in AUGMENTATIONS.items()},
        ),
        "segmentation": TaskRules(
            model="unet2d",
            answer="images",
            target=LABEL,
            augment=("turns",),
            changes=WITH_PIXELS,
            classes=PIXEL_CLASSES,
            source=replace(SOURCE, list_inputs=list_images, make_door=PixelDoor),
            cube=replace(CUBE, frac_true="all"),
        ),
    },
    cube=CUBE,
)
