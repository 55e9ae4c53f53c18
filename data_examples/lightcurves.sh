#!/bin/sh
# Light curves from files to events: convert, train, infer, on the example stars. Results go to
# the folder given as the first word (default: otrain-lightcurves-example in the current folder).
set -eu
examples=$(dirname "$0")/lightcurves
out=${1:-otrain-lightcurves-example}

# Light curves and the table of their planets become one data cube and a sheet to look at.
otrain-convert --domain lightcurves --cutouts "$examples/stars" --path "$out" --cube stars --overwrite

# The cube becomes a trained, calibrated network, its bundle and its report. A small network and a
# fast recipe, for 60 stars; leave the second and third line out for thousands.
otrain-train --cube "$out/datacube/stars.npz" --model-path "$out" --model-name transits --epochs 20 --overwrite \
    --architecture unet --option depth=3 features=8 \
    --batch-size 4 --learning-rate 0.01 --loss bce+dice

# Tonight's curves get their events, without TensorFlow.
otrain-infer --cutouts "$examples/tonight" --model "$out/CNN_training/transits" --out "$out/events.ecsv" --overwrite

echo "Events: $out/events.ecsv"
echo "Report: $out/CNN_training/transits/report.html"
