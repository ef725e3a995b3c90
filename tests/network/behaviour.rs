//! What a generated network does: its facts, its forms, layers of the user's own, and batches of every size.

use formwork::layer::{Layer, Layout, ParameterInfo, ParameterKind};
use formwork::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use typenum::Unsigned;

const HIDDEN: usize = 32;

formwork::network! {
    #[derive(Clone, Debug, PartialEq)]
    struct Mlp < Flatten, Linear<784, 32>, ReLU, Linear<32, 10> >
}
formwork::network! {
    #[derive(Clone)]
    #[network(boxed)]
    struct Boxed < Flatten, Linear<784, 32>, ReLU, Linear<32, 10> >
}
formwork::network! {
    struct Named < Flatten<28, 28>, Linear<784, HIDDEN>, ReLU, Linear<32, 10> >
}
formwork::network! {
    struct Generic<const H: usize> < Flatten, Linear<784, H>, ReLU, Linear<H, 10> >
}
formwork::network! {
    struct Autoencoder < Linear<64, 32>, ReLU, Linear<32, 8>, ReLU, Linear<8, 32>, ReLU, Linear<32, 64> >
}

#[test]
fn facts_are_those_of_the_sizes() {
    const PARAMETERS: usize = 784 * 32 + 32 + 32 * 10 + 10;
    const MACS: usize = 784 * 32 + 32 * 10;
    // Activations: hidden outputs and their gradients, and the outputs, which the loss overwrites.
    const TAPE: usize = 4 * (2 * 32 + 10);
    assert_eq!(
        [Mlp::PARAMETERS, Mlp::MACS, Mlp::WEIGHT_BYTES, Mlp::SCRATCH_BYTES, Mlp::TAPE_BYTES],
        [PARAMETERS, MACS, 4 * PARAMETERS, 4 * 32, TAPE]
    );
    assert_eq!([Generic::<32>::PARAMETERS, Generic::<32>::MACS], [PARAMETERS, MACS]);
    fn numbers<N: StaticFacts>() -> [usize; 5] {
        [N::Parameters::USIZE, N::Macs::USIZE, N::WeightBytes::USIZE, N::ScratchBytes::USIZE, N::TapeBytes::USIZE]
    }
    let expected = [PARAMETERS, MACS, 4 * PARAMETERS, 4 * 32, TAPE];
    assert_eq!(numbers::<Mlp>(), expected);
    assert_eq!(numbers::<Named>(), expected, "sizes by name");
    assert_eq!(numbers::<Boxed>(), expected);
    // The largest pair of neighbouring hidden activations.
    assert_eq!(Autoencoder::SCRATCH_BYTES, 4 * (32 + 8));
    assert_eq!(core::mem::size_of::<AutoencoderScratch>(), Autoencoder::SCRATCH_BYTES);
    // Nothing but the weights and the biases, each up to the end of a line of the cache.
    let network = Mlp::zeros();
    let lines = |index| size_of_val(network.slice(index).unwrap()).next_multiple_of(64);
    assert_eq!(core::mem::size_of::<Mlp>(), (0..Mlp::SLICES).map(lines).sum());
    let starts = |index| network.slice(index).unwrap().as_ptr().addr();
    assert!((0..Mlp::SLICES).all(|index| starts(index).is_multiple_of(64)));
    assert_eq!(core::mem::size_of::<MlpTape<32>>(), 32 * Mlp::TAPE_BYTES);
}

#[test]
fn the_flat_copy_is_all_slices_in_order() {
    let network = Autoencoder::new(&mut StdRng::seed_from_u64(1));
    let flat = network.to_flat();
    let slices: Vec<f32> = (0..Autoencoder::SLICES).flat_map(|index| network.slice(index).unwrap().to_vec()).collect();
    assert_eq!(flat.as_slice(), slices);
    assert_eq!(flat.len(), Autoencoder::PARAMETERS);
}

#[test]
fn the_summary_is_a_table() {
    let table = Mlp::summary().to_string();
    for part in ["Mlp", "Linear<784, 32>", "784 -> 32", "25,120", "fused into", "25,450 parameters (101,800 bytes)"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
    let relu = table.lines().find(|line| line.starts_with("relu1")).unwrap();
    assert!(relu.ends_with("linear1"), "{relu}");
}

fn pictures(count: usize) -> Vec<Tensor<28, 28, u8>> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..count).map(|_| Tensor::from_fn(|_, _| rng.random())).collect()
}

/// Three steps on batches of 32, 32 and 5, then a prediction.
fn trained<N>() -> (Vec<f32>, Vector<10>)
where
    N: Network<Output = Vector<10>> + formwork::network::Accepts<Tensor<28, 28, u8>>,
{
    let mut network = N::zeros();
    network.initialize(&formwork::init::PyTorch, &mut StdRng::seed_from_u64(3));
    let (x, y): (Vec<_>, Vec<u8>) = (pictures(69), (0..69).map(|k| k % 10).collect());
    let data = Dataset::new(x, y).unwrap();
    let mut trainer = Trainer::<_, _, _, 32>::new(network, CrossEntropy, Sgd::new(0.1));
    for (x, y) in data.batches_in_order::<32>() {
        trainer.step(x, y).unwrap();
    }
    let mut logits = Vector::zeros();
    trainer.network().predict_into(&data.inputs()[0], &mut N::Scratch::default(), &mut logits);
    let network = trainer.into_network();
    ((0..N::SLICES).flat_map(|index| network.slice(index).unwrap().to_vec()).collect(), logits)
}

#[test]
fn every_form_of_a_declaration_trains_to_the_same_bits() {
    let plain = trained::<Mlp>();
    assert!(plain.0.iter().all(|w| w.is_finite()));
    assert!(trained::<Boxed>() == plain, "boxed");
    assert!(trained::<Named>() == plain, "sizes by name");
    assert!(trained::<Generic<32>>() == plain, "const parameter");
}

#[test]
fn a_boxed_network_needs_no_stack() {
    formwork::network! {
        #[derive(Clone)]
        #[network(boxed)]
        struct Large < Linear<1000, 2000>, ReLU, Linear<2000, 100> >
    }
    let run = || {
        let network = Large::new(&mut StdRng::seed_from_u64(0)).clone();
        let mut trainer = Trainer::<_, _, _, 64>::new(network, CrossEntropy, Adam::new(1e-3));
        let inputs = vec![Vector::<1000>::full(0.5); 64];
        let (x, y): (Batch<'_, _, 64>, _) = ((&inputs[..]).try_into().unwrap(), [7_u8; 64]);
        trainer.step(x, Batch::from(&y)).unwrap().loss
    };
    // 8 MB of weights, as many moments: in a thread with 512 KiB, in this unoptimised test.
    let loss = std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
    assert!(loss.is_finite());
}

/// y = scale x, a layer of the user's.
#[derive(Clone, Debug)]
struct Scale<const N: usize> {
    scale: Vector<N>,
}

impl<const N: usize> Parameters for Scale<N> {
    const COUNT: usize = N;
    const SLICES: usize = 1;
    fn zeros() -> Self {
        Self { scale: Vector::zeros() }
    }
    fn slice(&self, index: usize) -> Option<&[f32]> {
        (index == 0).then_some(self.scale.as_slice())
    }
    fn slice_mut(&mut self, index: usize) -> Option<&mut [f32]> {
        (index == 0).then_some(self.scale.as_mut_slice())
    }
    fn info(index: usize) -> Option<ParameterInfo> {
        let info = ParameterInfo {
            layer: "",
            name: "scale",
            shape: [1, N],
            kind: ParameterKind::Weight,
            fan_in: 1,
            fan_out: 1,
        };
        (index == 0).then_some(info)
    }
}

impl<const N: usize> Layer for Scale<N> {
    type Input = Vector<N>;
    type Output = Vector<N>;
    const MACS: usize = N;
    fn forward(&self, input: &Vector<N>, output: &mut Vector<N>) {
        for i in 0..N {
            output[(0, i)] = self.scale[(0, i)] * input[(0, i)];
        }
    }
    fn backward(
        &self,
        input: &Vector<N>,
        _output: &Vector<N>,
        gradient: &Vector<N>,
        input_gradient: &mut Vector<N>,
        gradients: &mut Self,
    ) {
        for i in 0..N {
            gradients.scale[(0, i)] += gradient[(0, i)] * input[(0, i)];
            input_gradient[(0, i)] = gradient[(0, i)] * self.scale[(0, i)];
        }
    }
}

formwork::network! {
    #[derive(Clone, Debug)]
    struct Custom < first: Scale<4>, Tanh, Linear<4, 6>, ReLU, middle: Scale<6>, Linear<6, 3>, Sigmoid, last: Scale<3> >
}

/// The mean squared error of `Custom`, computed plainly in f64 from its parameter slices.
fn plain_loss(slices: &[Vec<f64>], inputs: &[Vector<4>], targets: &[Vector<3>]) -> f64 {
    let [first, w1, b1, middle, w2, b2, last] = slices else { panic!("seven slices") };
    let linear = |w: &[f64], b: &[f64], x: &[f64]| -> Vec<f64> {
        let (inputs, outputs) = (x.len(), b.len());
        let weight = |o: usize, i: usize| w[Layout::of(inputs, outputs).position(inputs, outputs, i, o)];
        (0..outputs).map(|o| b[o] + (0..inputs).map(|i| weight(o, i) * x[i]).sum::<f64>()).collect()
    };
    let scale = |s: &[f64], x: &[f64]| -> Vec<f64> { s.iter().zip(x).map(|(s, x)| s * x).collect() };
    let mut sum = 0.0;
    for (input, target) in inputs.iter().zip(targets) {
        let x: Vec<f64> = input.as_slice().iter().copied().map(f64::from).collect();
        let x: Vec<f64> = scale(first, &x).iter().map(|x| x.tanh()).collect();
        let x: Vec<f64> = linear(w1, b1, &x).iter().map(|x| x.max(0.0)).collect();
        let x: Vec<f64> = linear(w2, b2, &scale(middle, &x)).iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
        let y = scale(last, &x);
        sum += y.iter().zip(target.as_slice()).map(|(y, t)| (y - f64::from(*t)).powi(2)).sum::<f64>();
    }
    sum / (3 * inputs.len()) as f64
}

#[test]
fn layers_of_the_users_own_stand_anywhere_in_the_list() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut network = Custom::new(&mut rng);
    let inputs: [Vector<4>; 5] = core::array::from_fn(|_| Vector::from_fn(|_, _| rng.random_range(-1.0..1.0)));
    let targets: [Vector<3>; 5] = core::array::from_fn(|_| Vector::from_fn(|_, _| rng.random_range(-1.0..1.0)));
    let mut slices: Vec<Vec<f64>> =
        (0..7).map(|index| network.slice(index).unwrap().iter().copied().map(f64::from).collect()).collect();
    let mut tape = CustomTape::<5>::new();
    let outputs = network.forward(Batch::from(&inputs), &mut tape);
    for (output, input) in outputs.iter().zip(&inputs) {
        assert_eq!(*output, network.predict(input), "one sample alone");
    }
    let measured = Mse.loss_and_gradient(outputs, Batch::from(&targets)).unwrap();
    assert!((f64::from(measured.loss) - plain_loss(&slices, &inputs, &targets)).abs() < 1e-6);
    let mut gradients = Custom::zeros();
    gradients.fill(f32::NAN);
    network.backward(Batch::from(&inputs), &mut tape, &mut gradients);
    let before = network.clone();
    let outputs = network.forward(Batch::from(&inputs), &mut tape);
    Mse.loss_and_gradient(outputs, Batch::from(&targets)).unwrap();
    network.backward_sgd(Batch::from(&inputs), &mut tape, 0.5, 0.25);
    for index in 0..7 {
        for place in 0..slices[index].len() {
            const H: f64 = 1e-5;
            let value = slices[index][place];
            slices[index][place] = value + H;
            let above = plain_loss(&slices, &inputs, &targets);
            slices[index][place] = value - H;
            let below = plain_loss(&slices, &inputs, &targets);
            slices[index][place] = value;
            let expected = (above - below) / (2.0 * H);
            let ours = f64::from(gradients.slice(index).unwrap()[place]);
            // f32 sums of five samples: a few u of gradients of at most 0.3.
            assert!((ours - expected).abs() < 1e-6, "slice {index}, place {place}: {ours}, not {expected}");
            let stepped = f64::from(network.slice(index).unwrap()[place]);
            let expected = (1.0 - 0.5 * 0.25) * f64::from(before.slice(index).unwrap()[place]) - 0.5 * expected;
            assert!((stepped - expected).abs() < 1e-6, "fused step, slice {index}, place {place}");
        }
    }
}

#[test]
fn a_backward_pass_on_another_batch_than_the_forward_pass_does_not_panic() {
    let mut network = Mlp::zeros();
    let (all, mut tape) = (pictures(8), MlpTape::<8>::new());
    let few: Batch<'_, _, 8> = all[..2].try_into().unwrap();
    network.forward(few, &mut tape);
    let many: Batch<'_, _, 8> = all[..].try_into().unwrap();
    network.backward_sgd(many, &mut tape, 0.1, 0.0);
    assert_eq!(network.linear2.weight.as_slice().iter().filter(|w| w.is_nan()).count(), 0);
}

#[test]
fn weights_come_back_from_bytes_in_every_form_of_network() {
    use formwork::layer::BytesError;
    let mut rng = StdRng::seed_from_u64(9);
    let network = Mlp::new(&mut rng);
    let bytes = network.to_bytes();
    assert!(Mlp::from_bytes(&bytes) == network);
    let mut read = Mlp::zeros();
    read.copy_from_bytes(&bytes).unwrap();
    assert!(read == network);
    let boxed = Boxed::from_bytes(&bytes);
    assert_eq!(boxed.to_bytes(), bytes, "boxed");
    let picture = Tensor::<28, 28>::full(0.5);
    assert_eq!(boxed.predict(&picture), network.predict(&picture));

    let custom = Custom::new(&mut rng);
    let bytes = custom.to_bytes();
    assert_eq!(bytes.len(), Custom::WEIGHT_BYTES);
    assert_eq!(Custom::from_bytes(&bytes).to_bytes(), bytes, "layers of one's own");

    let mut unchanged = custom.clone();
    let error = unchanged.copy_from_bytes(&bytes[1..]);
    assert_eq!(error, Err(BytesError { expected: bytes.len(), found: bytes.len() - 1 }));
    assert_eq!(unchanged.to_bytes(), bytes);
}

#[test]
fn activations_that_keep_their_input_have_no_parameters_and_stand_in_constants() {
    formwork::network! { struct Smooth < Linear<2, 8>, SiLU<8>, Linear<8, 3>, GELU<3>, Linear<3, 1> > }
    const PARAMETERS: usize = 3 * 8 + 9 * 3 + 4;
    assert_eq!(Smooth::PARAMETERS, PARAMETERS);
    assert_eq!(<Smooth as StaticFacts>::Parameters::USIZE, PARAMETERS);
    assert_eq!([Smooth::MACS, <Smooth as StaticFacts>::Macs::USIZE], [43, 43]);
    static SMOOTH: Smooth = Smooth::from_bytes(&[0; 4 * PARAMETERS]);
    assert_eq!(SMOOTH.predict(&Vector::from([1.0, 2.0])), Vector::from([0.0]));
}
