//! The pieces of work, one function each: a program that calls one of them holds its weights alone.

use crate::Work;
use core::hint::black_box;
use formwork::network::{Accepts, Network};
use formwork::tensor::Sample;
use models::runs::{EPOCHS, Spirals, curves_trainer, epoch, hash, hash_of, spiral_trainer};
use models::{AD, DENSE, FASHION, PICTURE, SINE, SOUND, host, networks};

/// A scratch and an output, all the memory of a prediction.
struct Buffers<N: Network> {
    scratch: N::Scratch,
    output: N::Output,
}

macro_rules! predictions {
    ($($(#[$doc:meta])* $name:ident: $network:ident of $kind:ty, $input:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name() {
            type Net = $kind;
            let mut state = Buffers::<Net> { scratch: Default::default(), output: Default::default() };
            Work {
                name: stringify!($name),
                host: host::$network,
                macs: Net::MACS,
                scratch: Net::SCRATCH_BYTES,
                state: &mut state,
                reset: |state| state.output = Default::default(),
                run: |state| measured(|| predict(&$network, black_box($input), state)),
                hash: |state| hash(state.output.as_slice()),
            }
            .measure();
        }
    )*};
}

/// The work, or with the feature `frame` nothing: what is left is the program that measures.
fn measured(work: impl FnOnce()) {
    if !cfg!(feature = "frame") {
        work();
    }
}

fn predict<N: Network + Accepts<X>, X: Sample>(network: &N, input: &X, state: &mut Buffers<N>) {
    network.predict_into(input, &mut state.scratch, &mut state.output);
}

predictions! {
    /// sin x.
    sine: SINE of networks::Sine, const { &formwork::Vector::full(1.0) };
    /// A dense layer.
    dense: DENSE of networks::Dense, &SOUND;
    /// The anomaly detector.
    ad: AD of networks::Ad, &SOUND;
    /// The classifier of clothes.
    fashion: FASHION of networks::Fashion, &PICTURE;
}

macro_rules! trainings {
    ($($(#[$doc:meta])* $name:ident: $host:ident by $trainer:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name() {
            let data = Spirals::new();
            let mut state = (data, $trainer());
            Work {
                name: stringify!($name),
                host: host::$host,
                macs: 0,
                scratch: 0,
                state: &mut state,
                reset: |state| state.1 = $trainer(),
                run: |(data, trainer)| {
                    measured(|| {
                        for _ in 0..EPOCHS {
                            if epoch(trainer, data).is_err() {
                                return;
                            }
                        }
                    });
                },
                hash: |(_, trainer)| hash_of(trainer.network()),
            }
            .measure();
        }
    )*};
}

trainings! {
    /// The spiral by plain SGD.
    spiral: SPIRAL by spiral_trainer;
    /// Tanh, sigmoid, Adam.
    curves: CURVES by curves_trainer;
}

/// Every layer, loss and optimizer.
pub fn every() {
    let mut state = 0;
    Work {
        name: "every",
        host: host::EVERY,
        macs: 0,
        scratch: 0,
        state: &mut state,
        reset: |state| *state = 0,
        run: |state| measured(|| *state = models::every::every()),
        hash: |state| *state,
    }
    .measure();
}
