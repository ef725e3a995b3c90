#!/bin/sh
# Builds the firmware, runs it in QEMU, compares every result with the host bit by bit, and the counts with the table of
# the guide, to the instruction. Then the same results in wasm under node, and on a processor without FPU.
#
#     ./check.sh            compares with core/src/guide/embedded_table.md
#     ./check.sh --bless    writes it anew: look at the difference and say in the commit why it is there
set -eu
cd "$(dirname "$0")"
table=../../core/src/guide/embedded_table.md
target=thumbv7em-none-eabihf

fail() {
    echo "firmware: $1" >&2
    exit 1
}

# The counts are those of one compiler.
pinned=1.95.0
case $(rustc --version) in
"rustc $pinned "*) ;;
*)
    export RUSTUP_TOOLCHAIN=$pinned
    rustc --version >/dev/null 2>&1 || rustup toolchain install --profile minimal -c rustfmt -c clippy $pinned ||
        fail "rustc $pinned, whose code the table counts, is not installed and cannot be fetched"
    ;;
esac
for wanted in $target thumbv6m-none-eabi wasm32-unknown-unknown; do
    rustup target list --installed | grep -qx "$wanted" || rustup target add "$wanted" ||
        fail "the target $wanted is not installed and cannot be fetched; the firmware stays unchecked"
done
if ! command -v qemu-system-arm >/dev/null; then
    apt-get update && apt-get install -y --no-install-recommends qemu-system-arm ||
        fail "qemu-system-arm is not installed and cannot be fetched; the firmware stays unchecked"
fi
command -v node >/dev/null || fail "node is not installed; wasm stays unchecked"

cargo fmt --all --check || fail "not formatted"
cargo clippy --release --target $target -p formwork-firmware -p models -- -D warnings || fail "clippy complains"
works="sine dense ad fashion spiral curves"
new=$(mktemp)
frames=$(mktemp -d)
trap 'rm -rf "$new" "$frames"' EXIT
# The programs without their work, for what their flash is compared with; they say that the host's hash is not theirs.
for name in $works; do
    cargo run --quiet --release --features frame --bin "$name" >"$frames/$name" 2>&1 || true
done
# The proof names everything that there is to prove.
core=../../core/src
for name in $(sed -n 's/^pub use \(activation\|flatten\|linear\|smooth\)::{*\([^}]*\)}*;/\2/p' $core/layer/mod.rs | tr -d ,) \
    $(sed -n 's/^impl.* \(Loss<.*\|Optimizer<N>\) for \([A-Za-z]*\) {/\2/p' $core/loss/*.rs $core/optim/*.rs); do
    case $name in
    Weight) ;;
    SgdMomentum) grep -q 'with_momentum' models/src/every.rs || fail "models/src/every.rs does not use $name" ;;
    *) grep -qw "$name" models/src/every.rs || fail "models/src/every.rs does not use $name" ;;
    esac
done
# A panic that can be reached shows as the undefined symbol a_panic_can_be_reached.
cargo build --release || fail "does not build, or a panic can be reached"
cargo run --quiet --release --bin formwork-firmware || fail "the device disagrees with the host"

# The number behind a word of the line that a program prints.
word() {
    echo "$line" | sed "s/.* $1 \([0-9]*\).*/\1/"
}

# Runs a program and prints its row of the table, named $2.
row() {
    line=$(grep ' instructions ' "$frames/$1") || fail "$1 does not run without its work: $(cat "$frames/$1")"
    frame=$(word flash)
    line=$(cargo run --quiet --release --bin "$1" 2>&1) || fail "the device disagrees with the host: $line"
    # What is no code: weights, input.
    case $1 in
    sine) data=$((321 * 4)) ;;
    dense) data=$((82048 * 4 + 2560)) ;;
    ad) data=$((265864 * 4 + 2560)) ;;
    fashion) data=$((25450 * 4 + 784)) ;;
    *) data=0 ;;
    esac
    macs=$(word macs)
    each=$(awk "BEGIN { if ($macs) printf \"%.2f\", $(word instructions) / $macs }")
    [ "$macs" -ne 0 ] || macs=
    echo "| $2 | $(word instructions) | $macs | $each | $(($(word flash) - frame - data)) | $(word scratch) | $(word stack) | $(word ram) |"
}
{
    echo '| work | instructions | multiply-adds | instructions per multiply-add | flash beyond weights | scratch | peak stack | RAM |'
    echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for name in $works; do
        row "$name" "$name"
    done
    # Without the assembly of core/src/kernel/device.
    export CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS='--cfg formwork_safe'
    for name in dense ad; do
        row "$name" "$name, safe code"
    done
} >"$new"
unset CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS
if [ "${1:-}" = --bless ]; then
    cp "$new" "$table"
elif ! diff "$table" "$new"; then
    fail "the counts changed (rustc $(rustc --version)): if that is meant, ./check.sh --bless and say why"
fi
cat "$new"

cargo run --quiet --release --target thumbv6m-none-eabi --bin formwork-firmware ||
    fail "without FPU and atomics it does not build, a panic can be reached, or the results are others than the host's"
cargo build --release -p wasm --target wasm32-unknown-unknown || fail "does not build for wasm"
node wasm/check.mjs target/wasm32-unknown-unknown/release/wasm.wasm || fail "wasm disagrees with the host"
# With vectors of four, the same bits.
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='-C target-feature=+simd128' \
    cargo build --release -p wasm --target wasm32-unknown-unknown --target-dir target/simd128 ||
    fail "does not build for wasm with simd128"
node wasm/check.mjs target/simd128/wasm32-unknown-unknown/release/wasm.wasm ||
    fail "wasm with simd128 disagrees with the host"
