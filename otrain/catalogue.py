"""Table of contents of the toolkit: every name a user may type.

Nothing here imports Keras, astropy or matplotlib, so every command can list
its choices at once.
"""

from otrain.registry import Entry, Family, Registry

__all__ = ["ANSWERS", "DOMAINS", "EXPLAINERS", "FILE_NAMES", "FLAGS", "MODELS", "READERS", "SIMULATORS",
           "TASKS", "WORKFLOWS"]

IMAGE, CURVE = ("y", "x", "channel"), ("time", "channel")  # axes of one example

DOMAINS = Registry("domain", {
    "transients": Entry("otrain.domains.transients.contents:DOMAIN", "real/bogus image cutouts"),
    "lightcurves": Entry("otrain.domains.lightcurves.contents:DOMAIN",
                         "light curves of stars, transits in them"),
    "lenses": Entry("otrain.domains.lenses.contents:DOMAIN", "gravitational lenses"),
}, group="otrain.domains")

# What the commands ask about one domain alone; read for every --help, so these modules load nothing heavy.
FLAGS = Registry("flags of the domain", {
    "transients": Entry("otrain.domains.transients.flags:FLAGS", "flags of image cutouts"),
    "lightcurves": Entry("otrain.domains.lightcurves.flags:FLAGS", "flags of light curves"),
    "lenses": Entry("otrain.domains.lenses.flags:FLAGS", "flags of gravitational lenses"),
    "glitches": Entry("otrain.domains.glitches.flags:FLAGS", "flags of glitches"),
}, group="otrain.flags")

# The `recognises` of our own domains, asked wherever no domain is named, without loading the domains.
FILE_NAMES = Registry("names of the files of a domain", {
    "lightcurves": Entry("otrain.domains.lightcurves.known_names:looks_like_light_curves",
                         "names that only light curves have"),
    "lenses": Entry("otrain.domains.lenses.known_names:looks_like_lenses",
                    "tables that lie beside images of lenses"),
})

READERS = Registry("reader", {
    "fits": Entry("otrain.domains.transients.readers.fits:READER",
                  "FITS cutouts: O'TRAIN, multi-extension, triplet, 3-D, .gz, .fz"),
    "alert": Entry("otrain.domains.transients.readers.alert:READER",
                   "Avro alerts of ZTF, LSST, PGIR, WINTER, DECam and ATLAS"),
    "gotorb": Entry("otrain.domains.transients.readers.gotorb:READER",
                    "gotorb folders: data_stamps.h5 and data_labels.csv"),
    "otrain-npz": Entry("otrain.domains.transients.readers.otrain_npz:READER",
                        "data cubes of O'TRAIN (.npz)"),
    "stack": Entry("otrain.domains.transients.readers.stacks:READER",
                   "arrays of cutouts: .npy beside a CSV table, .npz with X and y, plain HDF5"),
    "alert-table": Entry("otrain.domains.transients.readers.alert_table:READER",
                         "alerts in Parquet with binary cutouts, as Fink hands them on"),
    "json-alert": Entry("otrain.domains.transients.readers.json_alert:READER",
                        "alerts in JSON, with cutouts in base64 or as lists of pixels"),
    "picture": Entry("otrain.domains.transients.readers.pictures:READER",
                     "one cutout per PNG or JPEG picture"),
    "fits-curve": Entry("otrain.domains.lightcurves.readers.fits_curve:READER",
                        "light curves in FITS tables: Kepler, K2, TESS, lightkurve, simulated"),
    "csv-curve": Entry("otrain.domains.lightcurves.readers.csv_curve:READER",
                       "light curves in text: CSV, or columns time, flux, error without names"),
    "ecsv-curve": Entry("otrain.domains.lightcurves.readers.ecsv_curve:READER", "light curves in ECSV"),
    "parquet-curve": Entry("otrain.domains.lightcurves.readers.arrow_curve:PARQUET",
                           "light curves in Parquet"),
    "panopticon": Entry("otrain.domains.lightcurves.readers.arrow_curve:PANOPTICON",
                        "quarters of Panopticon (.ftr): time, cameras, co-added flux last"),
    "psls": Entry("otrain.domains.lightcurves.readers.psls:READER",
                  "stars simulated by PSLS: .dat, .hdf5, .npz"),
    "lens-picture": Entry("otrain.domains.lenses.readers.pictures:READER",
                          "one lens per PNG picture, beside a table of CosmoSim"),
    "lens-stack": Entry("otrain.domains.lenses.readers.stacks:READER",
                        "lenses in arrays: .npz with images and columns"),
    "lens-fits": Entry("otrain.domains.lenses.readers.fits_images:READER",
                       "lenses in FITS with noise map and PSF: HST, Euclid"),
}, group="otrain.readers")

SIMULATORS = Registry("simulator", {
    "transients": Entry("otrain.domains.transients.simulators.folder:SIMULATOR",
                        "difference or triplet cutouts of real and bogus candidates"),
    "lightcurves": Entry("otrain.domains.lightcurves.simulators.folder:SIMULATOR",
                         "light curves with planets, eclipsing binaries and neither"),
    "lenses": Entry("otrain.domains.lenses.simulators.folder:SIMULATOR",
                    "gravitational lenses, their parameters and roulette amplitudes"),
    "glitches": Entry("otrain.domains.glitches.simulators.folder:SIMULATOR",
                      "strain with glitches, auxiliary channels that see them and decoys"),
}, group="otrain.simulators")

TASKS = Registry("task", {
    "classification": Entry("otrain.tasks.classification:TASK", "one class for each example"),
    "regression": Entry("otrain.tasks.regression:TASK",
                        "several numbers for each example, and their errors"),
    "segmentation": Entry("otrain.tasks.segmentation:TASK", "one class for each point of a series"),
}, group="otrain.tasks")

ANSWERS = Registry("answer", {
    "scores": Entry("otrain.answers.scores.answer:ANSWER", "a probability for each class, for one example"),
    "events": Entry("otrain.answers.events.answer:ANSWER", "things with a place and a length in a series"),
    "images": Entry("otrain.answers.images.answer:ANSWER", "an image, such as the class of each pixel"),
    "values": Entry("otrain.answers.values.answer:ANSWER", "numbers with a unit and an uncertainty"),
}, group="otrain.answers")

MODELS = Registry("model", {
    "compact": Entry("otrain.models.compact:build_compact",
                     "small residual network with batch normalisation and global pooling", axes=IMAGE,
                     gives="example"),
    "otrain-cnn": Entry("otrain.models.otrain_cnn:build_otrain_cnn",
                        "the published layers of O'TRAIN", axes=IMAGE, gives="example"),
    "value-cnn": Entry("otrain.models.value_cnn:build_value_cnn",
                       "small residual network that knows where it looks, for positions and shapes",
                       axes=IMAGE, gives="example"),
    "value-fovea": Entry("otrain.models.value_cnn:build_value_fovea",
                         "the same for large images: the middle as it is, the rest in coarser pixels",
                         axes=IMAGE, gives="example"),
    "resnet50": Entry("otrain.models.resnet:build_resnet50",
                      "ResNet-50 as torchvision lays it out, 26 million weights", axes=IMAGE,
                      gives="example"),
    "wide_resnet50_2": Entry("otrain.models.resnet:build_wide_resnet50_2",
                             "ResNet-50 of twice the channels inside, 69 million weights", axes=IMAGE,
                             gives="example"),
    "cnn1d": Entry("otrain.models.cnn_1d:build_cnn_1d",
                   "residual network for curves with global pooling", axes=CURVE, gives="example"),
    "unet3p": Entry("otrain.models.unet3p_1d:build_unet3p",
                    "U-Net 3+ for curves: every level of the decoder sees every scale", axes=CURVE,
                    gives="point"),
    "unet": Entry("otrain.models.unet_1d:build_unet", "U-Net for curves", axes=CURVE, gives="point"),
    "unetpp": Entry("otrain.models.unetpp_1d:build_unetpp", "U-Net++ for curves", axes=CURVE, gives="point"),
    "unet2d": Entry("otrain.models.unet_2d:build_unet_2d", "U-Net for images", axes=IMAGE, gives="pixel"),
}, group="otrain.models", families={
    # All but ConvNeXtLarge and ConvNeXtXLarge, which have more weights than a file of them may hold.
    "keras": Family(Entry("otrain.models.applications:build_application", "a network of keras.applications",
                          axes=IMAGE, gives="example"), (
        "ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "DenseNet121", "DenseNet169", "DenseNet201",
        *(f"EfficientNetB{size}" for size in range(8)),
        "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3", "EfficientNetV2S",
        "EfficientNetV2M", "EfficientNetV2L", "InceptionResNetV2", "InceptionV3", "MobileNet",
        "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet50",
        "ResNet50V2", "ResNet101", "ResNet101V2", "ResNet152", "ResNet152V2", "VGG16", "VGG19", "Xception")),
})

EXPLAINERS = Registry("explainer", {
    "grad-cam": Entry("otrain.explain.grad_cam:grad_cam", "maps of a layer times their mean gradient"),
    "grad-cam++": Entry("otrain.explain.grad_cam:grad_cam_plus_plus",
                        "the same, several places of one kind counting each"),
    "score-cam": Entry("otrain.explain.score_cam:score_cam",
                       "maps of a layer times the score of what they let through"),
    "saliency": Entry("otrain.explain.saliency:saliency", "steepness of the logit in each pixel"),
    "smooth-grad": Entry("otrain.explain.saliency:smooth_grad", "mean saliency of noisy copies"),
    "occlusion": Entry("otrain.explain.occlusion:occlusion",
                       "fall of the logit behind a window of empty sky"),
}, group="otrain.explainers")

WORKFLOWS = Registry("workflow", {
    "batch": Entry("otrain.workflows.batch:batch", "trainings over a grid of values, and which is best"),
    "checkinfer": Entry("otrain.workflows.checkinfer:checkinfer",
                        "how simulated events among real candidates were scored"),
    "compare": Entry("otrain.workflows.compare:compare", "images of two folders laid beside each other"),
    "convert": Entry("otrain.workflows.convert:convert", "candidate files to a data cube"),
    "diagnostics": Entry("otrain.workflows.diagnostics:diagnostics", "a network judged on a data cube"),
    "doctor": Entry("otrain.workflows.doctor:doctor", "what is wrong with a data cube or a folder"),
    "grad_cam": Entry("otrain.workflows.grad_cam:grad_cam", "what a network looks at, as heat maps"),
    "infer": Entry("otrain.workflows.infer:infer", "candidate files to scores"),
    "lightcurves": Entry("otrain.workflows.lightcurves:lightcurves", "Panopticon's verbs for light curves"),
    "optimise_dataset_size": Entry("otrain.workflows.optimise_dataset_size:optimise_dataset_size",
                                   "what more labels would bring"),
    "plot_results": Entry("otrain.workflows.plot_results:plot_results",
                          "figures of how a network does on a data cube, and the best thresholds"),
    "scan_channels": Entry("otrain.workflows.scan_channels:scan_channels",
                           "which auxiliary channels see the glitches of the strain"),
    "simulate": Entry("otrain.workflows.simulate:simulate", "simulated candidates with truth"),
    "train": Entry("otrain.workflows.train:train", "a data cube to a trained network"),
})
