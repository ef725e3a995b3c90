//! Every layer, loss and optimizer: that it links proves that none of them can panic.
#![no_std]
#![no_main]

#[cortex_m_rt::entry]
fn main() -> ! {
    formwork_firmware::work::every();
    formwork_firmware::exit(0)
}
