//! `dense` alone, to measure its flash.
#![no_std]
#![no_main]

#[cortex_m_rt::entry]
fn main() -> ! {
    formwork_firmware::work::dense();
    formwork_firmware::exit(0)
}
