#!/bin/sh
# Draws every picture of the README and of the guide anew, each by the program that it shows.
#
#     sh examples/pictures/make.sh
set -eu
cd "$(dirname "$0")/../.."
out=target/pictures
guide=core/src/guide/pictures
mkdir -p "$guide"

draw() {
    program=$1
    shift
    cargo run --quiet --release --example "$program" -- --out "$out/$program" "$@"
}

into_guide() {
    # A blank line would end the picture there. The page sets the width.
    sed -e "/^\$/d" -e '1s/width="[0-9]*" height="[0-9]*"/style="max-width:100%;height:auto"/' "$out/$1" >"$guide/$2.svg"
}

draw fashion_mnist
for name in curves guesses weights; do
    cp "$out/fashion_mnist/$name.svg" "examples/pictures/$name.svg"
done
into_guide fashion_mnist/curves.svg classification
draw linear_regression
into_guide linear_regression/regression.svg linear_regression
draw perceptron
into_guide perceptron/regions.svg perceptron
draw activations --points 81
into_guide activations/activations.svg activations
draw spiral
into_guide spiral/regions.svg spiral
draw why_not_zero
into_guide why_not_zero/losses.svg why_not_zero
draw serve_latency
into_guide serve_latency/latency.svg serve_latency
