//! One pass over parameters, gradient and moments for each optimizer.

use super::isa::{Isa, Kernel, dispatch_on};
use super::math::sqrt;
use super::threads::{Split, place_of, run};
use super::vector::{Vector, mul_add};

/// Multiply-adds that take as long as a step of momentum of one parameter, in the caches.
const MOMENTUM: usize = 16;

/// And as long as Adam's, with its root and its division.
const ADAM: usize = 32;

/// SGD with momentum, PyTorch's form: g' = g + decay w, v = momentum v + g', w = w - lr v.
pub(crate) fn sgd_momentum(
    weight: &mut [f32],
    gradient: &[f32],
    velocity: &mut [f32],
    lr: f32,
    momentum: f32,
    weight_decay: f32,
) {
    run(SgdMomentum { weight, gradient, velocity, lr, momentum, weight_decay });
}

struct SgdMomentum<'a> {
    weight: &'a mut [f32],
    gradient: &'a [f32],
    velocity: &'a mut [f32],
    lr: f32,
    momentum: f32,
    weight_decay: f32,
}

impl Kernel for SgdMomentum<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        for ((w, &g), v) in self.weight.iter_mut().zip(self.gradient).zip(self.velocity) {
            *v = mul_add::<L, S>(self.momentum, *v, mul_add::<L, S>(self.weight_decay, *w, g));
            *w = mul_add::<L, S>(-self.lr, *v, *w);
        }
    }
}

impl Split for SgdMomentum<'_> {
    fn work(&self) -> usize {
        self.weight.len() * MOMENTUM
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place_of::<LINE>(self.weight.len(), share, parts);
        let (weight, weight_rest) = halves(self.weight, count);
        let (gradient, gradient_rest) = self.gradient.split_at(count.min(self.gradient.len()));
        let (velocity, velocity_rest) = halves(self.velocity, count);
        (
            Self { weight, gradient, velocity, ..self },
            Self { weight: weight_rest, gradient: gradient_rest, velocity: velocity_rest, ..self },
        )
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}

/// One Adam step, with the bias corrections of this step worked out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    pub(crate) beta1: f32,
    pub(crate) beta2: f32,
    /// lr / (1 - beta1^t).
    pub(crate) step_size: f32,
    /// 1 / sqrt(1 - beta2^t).
    pub(crate) root_scale: f32,
    pub(crate) eps: f32,
    /// L2 penalty: g' = g + penalty w.
    pub(crate) penalty: f32,
    /// Decoupled decay: w = decay w before the step.
    pub(crate) decay: f32,
}

/// Adam in one pass: g' = g + penalty w, m = m + (1 - beta1)(g' - m), v = beta2 v + (1 - beta2) g'^2,
/// w = decay w - step_size m / (root_scale sqrt(v) + eps).
pub(crate) fn adam(weight: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32], step: AdamStep) {
    run(Adam { weight, gradient, first, second, step });
}

struct Adam<'a> {
    weight: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    step: AdamStep,
}

impl Kernel for Adam<'_> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let step = self.step;
        let (keep1, keep2) = (1.0 - step.beta1, 1.0 - step.beta2);
        for (((w, &g), m), v) in self.weight.iter_mut().zip(self.gradient).zip(self.first).zip(self.second) {
            let g = mul_add::<L, S>(step.penalty, *w, g);
            *m = mul_add::<L, S>(keep1, g - *m, *m);
            *v = mul_add::<L, S>(step.beta2, *v, keep2 * g * g);
            let root = mul_add::<L, S>(step.root_scale, sqrt(*v), step.eps);
            *w = step.decay * *w - step.step_size * *m / root;
        }
    }
}

impl Split for Adam<'_> {
    fn work(&self) -> usize {
        self.weight.len() * ADAM
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let count = place_of::<LINE>(self.weight.len(), share, parts);
        let (weight, weight_rest) = halves(self.weight, count);
        let (gradient, gradient_rest) = self.gradient.split_at(count.min(self.gradient.len()));
        let (first, first_rest) = halves(self.first, count);
        let (second, second_rest) = halves(self.second, count);
        (
            Self { weight, gradient, first, second, ..self },
            Self { weight: weight_rest, gradient: gradient_rest, first: first_rest, second: second_rest, ..self },
        )
    }

    fn run_on(self, isa: Isa) {
        dispatch_on(isa, self);
    }
}

/// Numbers of a line of the cache: parameters are cut between lines, for two threads would write the same one in turn.
const LINE: usize = 16;

fn halves(values: &mut [f32], count: usize) -> (&mut [f32], &mut [f32]) {
    let count = count.min(values.len());
    values.split_at_mut(count)
}
