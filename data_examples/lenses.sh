#!/bin/sh
# Gravitational lenses from TOML files to measured numbers: simulate, convert, train, infer. Results go to the
# folder given as the first word (default: otrain-lenses-example in the current folder). The second word is how
# many lenses are simulated (default: 400).
set -eu
examples=$(cd "$(dirname "$0")/lenses" && pwd)
out=${1:-otrain-lenses-example}
mkdir -p "$out"
cp "$examples/dataset.toml" "$examples/problem.toml" "$examples/experiment01.toml" "$out"
cd "$out"  # paths in the files are as seen from where they lie

# Images, the table of what was drawn, and that of the roulette amplitudes.
otrain-simulate lenses --toml dataset.toml --csvfile dataset.csv --outfile roulette.csv \
    --directory images -C --set simulator.size="${2:-400}" --overwrite

# Training, validation and test tables, and a data cube.
otrain-convert --toml problem.toml --overwrite

# A small network in place of the one for GPUs that the file names.
otrain-train --config experiment01.toml --set settings.model=value-cnn \
    --set training.num-epochs=20 --overwrite

# Each image gets its numbers, with their intervals, without TensorFlow.
otrain-infer --cutouts images --model CNN_training/experiment01 --out values.ecsv --overwrite

echo "Values: $out/values.ecsv"
echo "Report: $out/CNN_training/experiment01/report.html"
