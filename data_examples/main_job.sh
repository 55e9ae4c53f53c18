#!/bin/sh
# The main job on the example candidates: convert, train, infer. Results go to the
# folder given as the first word (default: otrain-example in the current folder).
set -eu
examples=$(dirname "$0")/transients
out=${1:-otrain-example}

# Labelled cutouts (true/ and false/) become one data cube and a contact sheet to look at.
otrain-convert --cutouts "$examples" --path "$out" --cube candidates --overwrite

# The cube becomes a trained, calibrated network, its bundle and its report.
otrain-train --cube "$out/datacube/candidates.npz" --model-path "$out" --model-name first --epochs 20 --overwrite

# Tonight's candidates get their scores, without TensorFlow.
otrain-infer --cutouts "$examples/tonight" --model "$out/CNN_training/first" --out "$out/infer_results.dat" --overwrite

echo "Scores: $out/infer_results.dat"
echo "Report: $out/CNN_training/first/report.html"
