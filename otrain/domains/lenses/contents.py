"""Table of contents of gravitational lenses: an image of each, and the numbers that describe it."""

from dataclasses import replace

from otrain.domains.domain import CubeRules, Domain, Preparation, Proving, Source, TaskRules, change_alone
from otrain.domains.lenses.augmentation import CHANGES, turn_alone
from otrain.domains.lenses.columns import COLUMNS
from otrain.domains.lenses.door import READER_NAMES, ClassDoor, Door
from otrain.domains.lenses.examination import EXAMINATION
from otrain.domains.lenses.flags import FLAGS
from otrain.domains.lenses.inputs import CLASSES, list_inputs, list_labelled
from otrain.domains.lenses.known_names import looks_like_lenses
from otrain.domains.lenses.preparation import make_recipe, prepare_rows
from otrain.domains.lenses.refinement.numbers import TARGETS
from otrain.domains.lenses.sheet import PER_CLASS, draw_sheet
from otrain.domains.lenses.targets import find_targets

__all__ = ["DOMAIN"]

SOURCE = Source(
    list_inputs, Door,
    readers=READER_NAMES,
    recognises=looks_like_lenses,
    what="lens image",
    endings=".png, .npz, .fits, .fits.gz .fz",
)
CUBE = CubeRules(
    numbers=("theta_e", "snr", "saturation"),
    categories=("subset", "source", "lens"),
    draw_sheet=draw_sheet,
    per_class=PER_CLASS,
    judged="image",
)



def _prove(*args, **options):
    """Prove lenses; what that needs is loaded by then."""
    from otrain.domains.lenses.refinement.prove import prove

    return prove(*args, **options)


def _redraw(*args):
    """Draw lenses again; what that needs is loaded by then."""
    from otrain.domains.lenses.redraw import redraw

    return redraw(*args)


DOMAIN = Domain(
    name="lenses",
    axes=("y", "x", "channel"),
    columns=COLUMNS,
    classes=(),
    example="lens_image",
    group_columns=("object_id", "candid"),
    source=SOURCE,
    preparation=Preparation(make_recipe, prepare_rows,
                            options={"channels": "channels"} | {
                                name: parameter for name, parameter in FLAGS.parameters("convert").items()
                                if name != "split_order"}),
    tasks={
        "regression": TaskRules(
            model="value-cnn",
            numbers=find_targets,
            augment=("turns",),
            changes=CHANGES,
            redraw=_redraw,
            proving=Proving(_prove, TARGETS),
        ),
        "classification": TaskRules(
            model="compact",
            augment=("turns",),
            changes={"turns": change_alone(turn_alone)},
            classes=CLASSES,
            source=replace(SOURCE, list_inputs=list_labelled, make_door=ClassDoor),
            cube=replace(CUBE, any_classes=True),
        ),
    },
    cube=CUBE,
    examination=EXAMINATION,
)
