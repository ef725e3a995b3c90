//! Everything once more in a row, for targets that are not counted.

use crate::every::every;
use crate::runs::{EPOCHS, Spirals, curves_trainer, epoch, hash, hash_of, spiral_trainer};
use crate::{AD, DENSE, FASHION, PICTURE, SINE, SOUND, host};
use formwork::Vector;

/// Number of checks of [`result`].
pub const CHECKS: u32 = 7;

/// What this target computes for a check, and what the host computed.
pub fn result(check: u32) -> Option<(u32, u32)> {
    Some(match check {
        0 => (hash(SINE.predict(&Vector::from([1.0])).as_slice()), host::SINE),
        1 => (hash(DENSE.predict(&SOUND).as_slice()), host::DENSE),
        2 => (hash(AD.predict(&SOUND).as_slice()), host::AD),
        3 => (hash(FASHION.predict(&PICTURE).as_slice()), host::FASHION),
        4 => {
            let (data, mut trainer) = (Spirals::new(), spiral_trainer());
            (0..EPOCHS).try_for_each(|_| epoch(&mut trainer, &data).map(drop)).ok()?;
            (hash_of(trainer.network()), host::SPIRAL)
        }
        5 => {
            let (data, mut trainer) = (Spirals::new(), curves_trainer());
            (0..EPOCHS).try_for_each(|_| epoch(&mut trainer, &data).map(drop)).ok()?;
            (hash_of(trainer.network()), host::CURVES)
        }
        6 => (every(), host::EVERY),
        _ => return None,
    })
}
