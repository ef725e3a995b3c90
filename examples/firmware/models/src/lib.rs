//! The networks of the firmware, their weights as constants, and the host's hash of every result.
#![no_std]
#![forbid(unsafe_code)]

pub mod checks;
pub mod every;
pub mod networks;
pub mod runs;

use formwork::prelude::*;
use networks::{Ad, Dense, Fashion, Sine};

/// sin x.
pub static SINE: Sine = Sine::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/sine.bin")));
/// The anomaly detector.
pub static AD: Ad = Ad::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/ad.bin")));
/// A dense layer.
pub static DENSE: Dense = Dense::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/dense.bin")));
/// The classifier of clothes.
pub static FASHION: Fashion = Fashion::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/fashion.bin")));
/// A picture of the test set.
pub static PICTURE: Tensor<28, 28, u8> = {
    let mut picture = Tensor::full(0);
    picture.as_mut_slice().copy_from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/picture.bin")));
    picture
};
/// A spectrum.
pub static SOUND: Vector<640> = {
    let mut sound = Vector::zeros();
    let (numbers, []) = include_bytes!(concat!(env!("OUT_DIR"), "/sound.bin")).as_chunks::<4>() else { panic!() };
    let mut place = 0;
    while place < numbers.len() {
        sound.as_mut_slice()[place] = f32::from_le_bytes(numbers[place]);
        place += 1;
    }
    sound
};

/// What the host computed.
pub mod host {
    include!(concat!(env!("OUT_DIR"), "/host.rs"));
}
