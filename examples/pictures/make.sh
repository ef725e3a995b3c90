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
cargo run --quiet --release --example fashion_mnist -- --model mlp --out "$out/mlp"
for program in linear_regression perceptron activations spiral why_not_zero serve_latency; do
    draw "$program"
done

# Last, for the guide is part of the library that all programs are built with.
for name in curves guesses weights; do
    cp "$out/fashion_mnist/$name.svg" "examples/pictures/$name.svg"
done
cp "$out/spiral/learning.gif" examples/pictures/spiral.gif
into_guide fashion_mnist/curves.svg softmax_curves
into_guide fashion_mnist/weights.svg softmax_weights
into_guide mlp/curves.svg mlp
into_guide linear_regression/regression.svg linear_regression
into_guide perceptron/regions.svg perceptron
into_guide activations/activations.svg activations
into_guide spiral/regions.svg spiral
into_guide why_not_zero/losses.svg why_not_zero
into_guide serve_latency/latency.svg serve_latency
