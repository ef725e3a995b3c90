//! Predicts from flash, trains in RAM, and compares every bit with the host: `cargo run --release`.
#![no_std]
#![no_main]

use formwork_firmware::{exit, work};

#[cortex_m_rt::entry]
fn main() -> ! {
    work::sine();
    work::dense();
    work::ad();
    work::fashion();
    work::spiral();
    work::curves();
    work::every();
    exit(0)
}
