//! One pass over parameters, gradient and moments for each optimizer.

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
