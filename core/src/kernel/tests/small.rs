//! The kernels of a microcontroller have the bits of the portable ones, in every size, element type and layout.

use super::{BLOCKS, random, sizes};
use crate::kernel::activation::Activation::{ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh};
use crate::kernel::dense::{self, Dense, DenseMut, DenseUpdate, small};
use crate::kernel::element::Element;
use crate::kernel::isa::{Isa, with_isa};
use crate::kernel::rows::Rows;
use crate::kernel::softmax;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn check<T: Element>(rows: usize, inputs: usize, outputs: usize, element: impl Fn(f32) -> T) {
    let what = format!("{rows} rows {inputs} -> {outputs} of {}", core::any::type_name::<T>());
    let data: Vec<T> = random((rows + 3) * inputs, 3).into_iter().map(element).collect();
    let order: Vec<u32> = (0..rows as u32).map(|row| (row * 7 + 2) % (rows as u32 + 3)).collect();
    let batch = Rows::picked(&data, inputs, &order);
    let (weight, bias, gradient) = (random(inputs * outputs, 4), random(outputs, 5), random(rows * outputs, 6));
    let layer = Dense { inputs, outputs, weight: &weight, bias: &bias };

    let all = [Identity, ReLU, Sigmoid, Tanh, LeakyReLU, ELU, Softplus];
    for activation in all {
        let (mut expected, mut found) = (vec![f32::NAN; rows * outputs], vec![f32::NAN; rows * outputs]);
        with_isa(Isa::Portable, || dense::forward(batch, layer, activation, &mut expected));
        small::forward(batch, layer, activation, &mut found);
        assert_eq!(bits(&found), bits(&expected), "{activation:?} {what}");
    }

    for update in [None, Some(DenseUpdate { lr: 0.3, decay: 0.97 })] {
        let step = |small: bool| {
            let (mut weight, mut bias) = (weight.clone(), bias.clone());
            let into = DenseMut { inputs, outputs, weight: &mut weight, bias: &mut bias };
            match update {
                _ if small => small::weights(batch, &gradient, into, update),
                Some(update) => dense::weight_update(batch, &gradient, into, update),
                None => dense::weight_gradient(batch, &gradient, into),
            }
            [bits(&weight), bits(&bias)]
        };
        assert_eq!(step(true), with_isa(Isa::Portable, || step(false)), "{update:?} {what}");
    }

    let previous = random(rows * inputs, 7);
    for activation in all {
        let (mut expected, mut found) = (vec![f32::NAN; rows * inputs], vec![f32::NAN; rows * inputs]);
        with_isa(Isa::Portable, || dense::input_gradient(&gradient, layer, activation, &previous, &mut expected));
        small::input_gradient(&gradient, layer, activation, &previous, &mut found);
        assert_eq!(bits(&found), bits(&expected), "input gradient {activation:?} {what}");
    }
}

#[test]
fn every_small_size_has_the_portable_bits() {
    for (rows, inputs, outputs) in sizes() {
        check(rows, inputs, outputs, |x| x);
    }
}

#[test]
fn bytes_have_the_portable_bits() {
    for (rows, inputs, outputs) in sizes() {
        check(rows, inputs, outputs, |x| ((x + 1.0) * 127.0) as u8);
    }
}

#[test]
fn large_layers_have_the_portable_bits() {
    for (rows, inputs, outputs) in BLOCKS.iter().copied() {
        check(rows, inputs, outputs, |x| x);
        check(rows, inputs, outputs, |x| ((x + 1.0) * 127.0) as u8);
    }
}

#[test]
fn cross_entropy_of_rows_apart_has_the_portable_bits() {
    for width in [1, 2, 3, 10, 40] {
        for rows in [1, 7, 16, 31, 32, 49, 71] {
            let logits: Vec<f32> = random(rows * width, 8).iter().map(|x| 9.0 * x).collect();
            // One class past the width, where there is a place for it.
            let classes: Vec<usize> = (0..rows).map(|row| if row == 5 { width } else { row % width }).collect();
            let (mut expected, mut found) = (logits.clone(), logits);
            let sum = with_isa(Isa::Portable, || softmax::cross_entropy(&mut expected, width, &classes, 0.3));
            let apart = softmax::cross_entropy_apart(&mut found, width, &classes, 0.3);
            assert_eq!(bits(&found), bits(&expected), "{rows} rows of {width}");
            assert_eq!(apart.correct, sum.correct, "{rows} rows of {width}");
            // The same losses, all above 0 and added up in another order; NaN where there is a class that is not there.
            let bound = 2.0 * rows as f64 * super::U * f64::from(sum.loss);
            let off = (f64::from(apart.loss) - f64::from(sum.loss)).abs();
            assert!(
                off <= bound || rows > 5 && apart.loss.is_nan() && sum.loss.is_nan(),
                "{rows} rows of {width}: {off:e}"
            );
        }
    }
}
