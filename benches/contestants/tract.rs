//! tract, which runs trained networks: W5 alone. The network is written in memory as tract writes an ONNX file's `Gemm`
//! and `Relu`, optimised once, and run through a state that is kept: a fresh one for each sample costs 0.3 us and more.

use super::Job;
use crate::harness::data::Data;
use crate::harness::workload::{Net, Workload};
use std::hint::black_box;
use tract_core::internal::{
    Datum, DatumExt, IntoRunnable, IntoTValue, SpecialOps, Tensor, TractResult, TypedModel, tvec,
};
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;

/// Samples as rows. tract packs the weights for its kernels whichever way round they come, and folds bias and ReLU into the
/// product; it does not where samples are vectors, columns or the second operand, and takes up to two fifths longer.
/// Biases of 0, as all contestants have, it leaves out.
fn model(net: &Net, weights: &[Vec<f32>]) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let mut x = model.add_source("input", f32::fact([1, net.sizes[0]]))?;
    for (index, ((inputs, outputs), weight)) in net.layers().zip(weights).enumerate() {
        let weight = model.add_const(format!("weight {index}"), Tensor::from_shape(&[outputs, inputs], weight)?)?;
        let product = EinSum::new("bi,oi->bo".parse()?, f32::datum_type());
        x = model.wire_node(format!("product {index}"), product, &[x, weight])?[0];
        let bias = model.add_const(format!("bias {index}"), Tensor::zero::<f32>(&[1, outputs])?)?;
        x = model.wire_node(format!("sum {index}"), math::add(), &[x, bias])?[0];
        if index + 2 < net.sizes.len() {
            let zero = model.add_const(format!("zero {index}"), Tensor::zero::<f32>(&[1, 1])?)?;
            x = model.wire_node(format!("relu {index}"), math::max(), &[x, zero])?[0];
        }
    }
    model.select_output_outlets(&[x])?;
    model.into_optimized()
}

pub fn prepare(workload: Workload, data: &Data) -> TractResult<Option<Job>> {
    let Workload::Latency(net) = workload else { return Ok(None) };
    let mut state = model(&net, &data.weights(&net)?)?.into_runnable()?.spawn()?;
    let x: Vec<f32> = (0..net.sizes[0]).map(super::plain::input).collect();
    let x = Tensor::from_shape(&[1, net.sizes[0]], &x)?.into_tvalue();
    let mut run = move |calls| -> TractResult<f64> {
        let mut output = state.run(tvec![x.clone()])?;
        for _ in 1..calls {
            output = black_box(state.run(black_box(tvec![x.clone()]))?);
        }
        Ok(output[0].try_as_plain_ram()?.as_slice::<f32>()?.iter().map(|value| f64::from(*value)).sum())
    };
    Ok(Some(Box::new(move |calls| run(calls).expect("tract runs its own workload"))))
}
