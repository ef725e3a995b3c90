//! One pass over parameters, gradient and moments for each optimizer.

use super::math::sqrt;

/// SGD with momentum, PyTorch's form: g' = g + decay w, v = momentum v + g', w = w - lr v.
pub(crate) fn sgd_momentum(
    weight: &mut [f32],
    gradient: &[f32],
    velocity: &mut [f32],
    lr: f32,
    momentum: f32,
    weight_decay: f32,
) {
    for ((w, &g), v) in weight.iter_mut().zip(gradient).zip(velocity) {
        *v = momentum * *v + (g + weight_decay * *w);
        *w -= lr * *v;
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
    let (keep1, keep2) = (1.0 - step.beta1, 1.0 - step.beta2);
    for (((w, &g), m), v) in weight.iter_mut().zip(gradient).zip(first).zip(second) {
        let g = g + step.penalty * *w;
        *m += keep1 * (g - *m);
        *v = step.beta2 * *v + keep2 * g * g;
        *w = step.decay * *w - step.step_size * *m / (step.root_scale * sqrt(*v) + step.eps);
    }
}
