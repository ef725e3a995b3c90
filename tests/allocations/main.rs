//! A network, its tape and the memory of its optimizer are all that a training asks for: after a first epoch nothing
//! allocates.

use formwork::network::{Accepts, TapeOf};
use formwork::optim::{Optimizer, SgdMomentum};
use formwork::prelude::*;
use formwork::tensor::Sample;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The system's allocator, and what it was asked for.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Of the threads that train, not of those of the test harness.
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call goes on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_COUNTED.get() {
            COUNT.fetch_add(1, SeqCst);
            LARGEST.fetch_max(layout.size(), SeqCst);
        }
        // SAFETY: the caller keeps to the rules of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the place is one that `alloc` had from there, for the same layout.
        unsafe { System.dealloc(place, layout) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked {
    count: usize,
    /// Bytes of the largest.
    largest: usize,
}

const NOTHING: Asked = Asked { count: 0, largest: 0 };

/// What the threads of all pools ask for while `body` runs.
fn asked(body: impl FnOnce()) -> Asked {
    COUNT.store(0, SeqCst);
    LARGEST.store(0, SeqCst);
    body();
    Asked { count: COUNT.load(SeqCst), largest: LARGEST.load(SeqCst) }
}

/// A pool whose threads are counted, for one test at a time.
fn pool(threads: usize) -> (&'static rayon::ThreadPool, MutexGuard<'static, ()>) {
    static ONE_TEST: Mutex<()> = Mutex::new(());
    // (A test that failed spoils nothing for the others.)
    let turn = ONE_TEST.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(|_| IS_COUNTED.set(true));
    // Never dropped: a thread that ends may have its last words on the heap, which the next test would count.
    (Box::leak(Box::new(pool.build().unwrap())), turn)
}

const SGD: Sgd = Sgd::new(0.01);
const MOMENTUM: SgdMomentum = SGD.with_momentum(0.9);
const ADAM: Adam = Adam::new(1e-3);

formwork::network! {
    #[network(boxed)]
    struct Line < Linear<6, 1> >
}
formwork::network! {
    #[network(boxed)]
    struct Small < Linear<2, 20>, ReLU, Linear<20, 3> >
}
formwork::network! {
    #[network(boxed)]
    struct Narrow < Flatten<28, 28>, Linear<784, 10> >
}
formwork::network! {
    #[network(boxed)]
    struct Large < Flatten<28, 28>, Linear<784, 512>, ReLU, Linear<512, 256>, Tanh, Linear<256, 10> >
}

/// Samples of numbers at random, and classes in turn.
fn data<X: Sample + Clone>(zero: X, count: usize, classes: usize, element: fn(u8) -> X::Element) -> Dataset<X, u8> {
    let mut rng = StdRng::seed_from_u64(2);
    let mut inputs = vec![zero; count];
    X::flatten_mut(&mut inputs).fill_with(|| element(rng.random()));
    Dataset::new(inputs, (0..count).map(|sample| (sample % classes) as u8).collect()).unwrap()
}

/// The same as bytes and as numbers.
fn pictures() -> (Dataset<Tensor<28, 28, u8>, u8>, Dataset<Tensor<28, 28>, u8>) {
    (data(Tensor::zeros(), 300, 10, |byte| byte), data(Tensor::zeros(), 300, 10, fraction))
}

fn fraction(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

/// A training that is set up, and what a prediction and a forward pass alone write to.
struct Training<N: Network, O: Optimizer<N>, L, X, Y, const B: usize> {
    trainer: Trainer<N, L, O, B>,
    data: Dataset<X, Y>,
    tape: N::Tape<B>,
    scratch: N::Scratch,
    rng: StdRng,
}

impl<N, O, L, X, Y, const B: usize, const OUTPUTS: usize> Training<N, O, L, X, Y, B>
where
    N: Network<Output = Vector<OUTPUTS>> + Accepts<X>,
    O: Optimizer<N>,
    L: Loss<Vector<OUTPUTS>, Y>,
    X: Sample + Clone,
    Y: Clone,
{
    fn new(loss: L, optimizer: O, data: &Dataset<X, Y>) -> Self {
        assert!(data.len() > B && !data.len().is_multiple_of(B), "{}: the last batch is full", N::NAME);
        let (mut rng, mut network) = (StdRng::seed_from_u64(1), N::zeros());
        network.initialize(&formwork::init::PyTorch, &mut rng);
        let trainer = Trainer::new(network, loss, optimizer);
        Self { trainer, data: data.clone(), tape: TapeOf::new(), scratch: N::Scratch::default(), rng }
    }

    /// An epoch of shuffled batches, then what is done without training.
    fn epoch(&mut self) {
        for (x, y) in self.data.batches::<B>(&mut self.rng) {
            self.trainer.step(x, y).unwrap();
        }
        self.trainer.evaluate(&self.data).unwrap();
        for (x, _) in self.data.batches_in_order::<B>() {
            self.trainer.network().forward(x, &mut self.tape);
        }
        let mut output = Vector::zeros();
        for x in self.data.inputs() {
            self.trainer.network().predict_into(x, &mut self.scratch, &mut output);
        }
    }
}

/// What epochs in a pool ask for after the first one.
fn after_the_first<N, O, L, X, Y, const B: usize, const OUTPUTS: usize>(
    pool: &rayon::ThreadPool,
    loss: L,
    optimizer: O,
    data: &Dataset<X, Y>,
) -> Asked
where
    N: Network<Output = Vector<OUTPUTS>> + Accepts<X>,
    O: Optimizer<N> + Copy + Sync,
    L: Loss<Vector<OUTPUTS>, Y> + Copy + Sync,
    X: Sample + Clone + Sync,
    Y: Clone + Sync,
{
    // Each thread may be the one that trains, or a helper.
    pool.broadcast(|_| Training::<N, _, _, _, _, B>::new(loss, optimizer, data).epoch());
    pool.install(|| {
        let mut training = Training::<N, _, _, _, _, B>::new(loss, optimizer, data);
        training.epoch();
        asked(|| (0..3).for_each(|_| training.epoch()))
    })
}

#[test]
fn one_thread_asks_for_nothing() {
    let (pool, _turn) = pool(1);
    let points = data(Vector::<2>::zeros(), 100, 3, fraction);
    assert_eq!(after_the_first::<Small, _, _, _, _, 32, 3>(pool, CrossEntropy, SGD, &points), NOTHING);
    assert_eq!(after_the_first::<Small, _, _, _, _, 32, 3>(pool, CrossEntropy, MOMENTUM, &points), NOTHING);
    assert_eq!(after_the_first::<Small, _, _, _, _, 32, 3>(pool, CrossEntropy, ADAM, &points), NOTHING);
    let bytes =
        data(Vector::<6, u8>::zeros(), 100, 1, |byte| byte).map_targets(|class| Vector::from([f32::from(class)]));
    assert_eq!(after_the_first::<Line, _, _, _, _, 8, 1>(pool, Mse, SGD, &bytes), NOTHING);
    assert_eq!(after_the_first::<Line, _, _, _, _, 8, 1>(pool, Mse, AdamW::new(1e-3), &bytes), NOTHING);
    let (pictures, floats) = pictures();
    assert_eq!(after_the_first::<Narrow, _, _, _, _, 128, 10>(pool, CrossEntropy, SGD, &pictures), NOTHING);
    assert_eq!(after_the_first::<Narrow, _, _, _, _, 128, 10>(pool, CrossEntropy, ADAM, &floats), NOTHING);
    assert_eq!(after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, SGD, &pictures), NOTHING);
    assert_eq!(after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, SGD, &floats), NOTHING);
    assert_eq!(after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, MOMENTUM, &pictures), NOTHING);
    assert_eq!(after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, ADAM, &floats), NOTHING);
}

/// What wakes a thread is a job of rayon's, of two pointers on the heap; nothing else is asked for.
#[test]
fn threads_are_asked_for_and_nothing_else() {
    const JOB: usize = 2 * size_of::<usize>();
    let (pool, _turn) = pool(2);
    let points = data(Vector::<2>::zeros(), 100, 3, fraction);
    assert_eq!(after_the_first::<Small, _, _, _, _, 32, 3>(pool, CrossEntropy, SGD, &points), NOTHING);
    assert_eq!(after_the_first::<Small, _, _, _, _, 32, 3>(pool, CrossEntropy, ADAM, &points), NOTHING);
    let (pictures, floats) = pictures();
    let asked = [
        after_the_first::<Narrow, _, _, _, _, 128, 10>(pool, CrossEntropy, SGD, &pictures),
        after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, SGD, &pictures),
        after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, MOMENTUM, &floats),
        after_the_first::<Large, _, _, _, _, 128, 10>(pool, CrossEntropy, ADAM, &pictures),
    ];
    assert!(asked.iter().all(|asked| asked.largest <= JOB), "{asked:?}");
}
