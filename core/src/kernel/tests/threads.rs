//! The same bits for every number of threads, and the rule by which kernels are shared.

use super::random;
use crate::kernel::activation::Activation;
use crate::kernel::dense::{self, Dense, DenseMut, DenseUpdate, Pass};
use crate::kernel::element::Element;
use crate::kernel::isa::Isa;
use crate::kernel::matmul::{matmul, matmul_nt, matmul_tn};
use crate::kernel::rows::Rows;
use crate::kernel::threads::team::{LINGER, Pace, Team};
use crate::kernel::threads::{Plan, Split, place, run};
use crate::kernel::update::{self, AdamStep};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// Everything that a step computes for one layer.
fn step(rows: usize, inputs: usize, outputs: usize) -> Vec<Vec<f32>> {
    step_of(&random(rows * inputs, 20), rows, inputs, outputs)
}

/// The same for pictures whose second half is blank, in every third row, or the first.
fn step_of_pictures(rows: usize, inputs: usize, outputs: usize) -> Vec<Vec<f32>> {
    let is_blank = |row: usize, place: usize| row.is_multiple_of(3) == (2 * place > inputs);
    let pixel = |place: usize| if is_blank(place / inputs, place % inputs) { 0 } else { (place * 37 % 256) as u8 };
    step_of(&(0..rows * inputs).map(pixel).collect::<Vec<_>>(), rows, inputs, outputs)
}

fn step_of<T: Element>(data: &[T], rows: usize, inputs: usize, outputs: usize) -> Vec<Vec<f32>> {
    let (weight, bias) = (random(inputs * outputs, 21), random(outputs, 22));
    let gradient = random(rows * outputs, 23);
    let (mut output, mut into) = (vec![f32::NAN; rows * outputs], vec![f32::NAN; rows * inputs]);
    let batch = Rows::new(data, inputs);
    let previous = random(rows * inputs, 29);
    let layer = Dense { inputs, outputs, weight: &weight, bias: &bias };
    dense::forward(batch, layer, Activation::ReLU, &mut output);
    dense::input_gradient(&gradient, layer, Activation::ReLU, &previous, &mut into);
    let (mut w, mut b) = (weight.clone(), bias.clone());
    let held = DenseMut { inputs, outputs, weight: &mut w, bias: &mut b };
    dense::weight_update(batch, &gradient, held, DenseUpdate { lr: 0.1, decay: 0.9 });
    vec![output, into, w, b]
}

/// Everything that a step computes for two layers at once.
fn step_through(rows: usize, inputs: usize, between: usize, outputs: usize) -> Vec<Vec<f32>> {
    let (data, first, last) = (random(rows * inputs, 24), random(inputs * between, 25), random(between * outputs, 26));
    let (bias, gradient) = (random(between, 27), random(rows * outputs, 28));
    let first = Dense { inputs, outputs: between, weight: &first, bias: &bias };
    let last = Dense { inputs: between, outputs, weight: &last, bias: &bias[..outputs] };
    let (mut hidden, mut output) = (vec![0.0; rows * between], vec![f32::NAN; rows * outputs]);
    let batch = Rows::new(&data, inputs);
    dense::through(batch, &[(first, Activation::ReLU), (last, Activation::Identity)], &mut hidden, &mut output);
    let (mut first, mut last) = (first.weight.to_vec(), last.weight.to_vec());
    let (mut first_bias, mut last_bias) = (bias.clone(), bias[..outputs].to_vec());
    let layers = [
        DenseMut { inputs, outputs: between, weight: &mut first, bias: &mut first_bias },
        DenseMut { inputs: between, outputs, weight: &mut last, bias: &mut last_bias },
    ];
    let pass = Pass { activation: Activation::ReLU, between: &hidden, gradient: &gradient };
    let mut into = vec![0.0; rows * between];
    dense::updates_through(batch, pass, &mut into, layers, DenseUpdate { lr: 0.1, decay: 0.9 });
    vec![output, first, first_bias, last, last_bias]
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn threads_do_not_change_the_bits() {
    // Large enough to wake 7 threads, and to be shared with those that are awake alone; in both layouts, with ragged tiles.
    let large = [(300, 401, 130), (513, 1601, 10), (90, 1000, 131), (1000, 1601, 10)];
    // And single rows, of which threads take some outputs.
    let single = [(1, 1601, 1009), (2, 1023, 300), (1, 300, 3001)];
    let others = [(256, 784, 10), (257, 100, 75), (3000, 100, 3), (3000, 2, 100)];
    for (rows, inputs, outputs) in large.into_iter().chain(single).chain(others) {
        let one = pool(1).install(|| step(rows, inputs, outputs));
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            pool(threads).install(|| {
                for _ in 0..4 {
                    let several = step(rows, inputs, outputs);
                    assert!(one == several, "{threads} threads change the bits of {rows} rows, {inputs} -> {outputs}");
                }
            });
        }
    }
    for (rows, inputs, outputs) in [(256, 784, 256), (301, 401, 130), (1, 1601, 1009)] {
        let one = pool(1).install(|| step_of_pictures(rows, inputs, outputs));
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            let several = pool(threads).install(|| step_of_pictures(rows, inputs, outputs));
            assert!(one == several, "{threads} threads change the bits of {rows} pictures, {inputs} -> {outputs}");
        }
    }
    for (rows, inputs, between, outputs) in [(9000, 2, 401, 3), (20_011, 4, 130, 1)] {
        let one = pool(1).install(|| step_through(rows, inputs, between, outputs));
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            let several = pool(threads).install(|| step_through(rows, inputs, between, outputs));
            assert!(one == several, "{threads} threads change the bits of {rows} rows, {inputs}-{between}-{outputs}");
        }
    }
}

#[test]
fn threads_do_not_change_the_bits_of_a_product() {
    // Right sides that are read in place, that are packed, and that are small; narrow, and with ragged tiles.
    for (m, k, n) in [(301, 257, 131), (256, 784, 256), (90, 700, 601), (9, 1601, 900), (3001, 300, 10), (9000, 31, 33)]
    {
        let products = || {
            let (a, b) = (random(m * k, 30), random(k * n, 31));
            let mut outputs = [(); 3].map(|()| vec![f32::NAN; m * n]);
            let [plain, nt, tn] = &mut outputs;
            matmul(&a, &b, plain, m, k, n);
            // Of the same numbers as other matrices.
            matmul_nt(&a, &b, nt, m, k, n);
            matmul_tn(&a, &b, tn, m, k, n);
            outputs
        };
        let one = pool(1).install(products);
        assert!(one.iter().flatten().all(|x| !x.is_nan()));
        for threads in [2, 3, 7] {
            let several = pool(threads).install(products);
            assert!(one == several, "{threads} threads change the bits of {m} x {k} x {n}");
        }
    }
}

#[test]
fn threads_do_not_change_the_bits_of_an_update() {
    let step =
        AdamStep { beta1: 0.9, beta2: 0.99, step_size: 0.1, root_scale: 1.5, eps: 1e-8, penalty: 0.01, decay: 0.9 };
    for count in [60_011, 150_000, 500_003] {
        let update = || {
            let (mut w, g, mut first, mut second) =
                (random(count, 1), random(count, 2), random(count, 3), vec![0.5; count]);
            update::adam(&mut w, &g, &mut first, &mut second, step);
            update::sgd_momentum(&mut w, &g, &mut first, 0.1, 0.9, 0.01);
            [w, first, second]
        };
        let one = pool(1).install(update);
        for threads in [2, 3, 7] {
            pool(threads).install(|| (0..4).for_each(|_| assert!(one == update(), "{threads} threads, {count}")));
        }
    }
}

#[test]
fn callers_do_not_disturb_each_other() {
    let sizes = [(300, 401, 130), (256, 784, 10), (513, 1601, 10)];
    let expected = sizes.map(|(rows, inputs, outputs)| pool(1).install(|| step(rows, inputs, outputs)));
    let shared = pool(3);
    std::thread::scope(|scope| {
        for first in 0..4 {
            let (expected, shared) = (&expected, &shared);
            scope.spawn(move || {
                for round in 0..6 {
                    let (rows, inputs, outputs) = sizes[(first + round) % 3];
                    let run = || step(rows, inputs, outputs);
                    let found = if first % 2 == 0 { shared.install(run) } else { run() };
                    assert!(found == expected[(first + round) % 3], "caller {first}, round {round}");
                }
            });
        }
    });
}

#[test]
fn small_kernels_take_who_is_awake_and_large_ones_wake_others() {
    let plan = |work, team, pool, hot| Plan::new((work, 16), team, || pool, || hot);
    let (alone, small, large) = (Plan { threads: 1, helpers: 0 }, 600_000, 50_000_000);
    // A kernel now and then stays on one thread, in a row it wakes helpers for those that follow.
    assert_eq!(plan(small, (0, 0), 8, false), alone);
    assert_eq!(plan(small, (0, 0), 8, true), Plan { threads: 1, helpers: 1 });
    assert_eq!(plan(small, (0, 1), 8, true), alone);
    assert_eq!(plan(small, (1, 1), 8, false), Plan { threads: 2, helpers: 0 });
    assert_eq!(plan(small, (7, 7), 8, false), Plan { threads: 2, helpers: 0 });
    assert_eq!(plan(large, (0, 0), 8, false), Plan { threads: 8, helpers: 7 });
    assert_eq!(plan(large / 4, (0, 0), 8, false), Plan { threads: 5, helpers: 4 });
    assert_eq!(plan(large / 4, (7, 7), 8, false), Plan { threads: 8, helpers: 7 });
    // What cannot be cut.
    assert_eq!(Plan::new((large, 1), (7, 7), || 8, || true), alone);
    assert_eq!(Plan::new((large, 3), (0, 0), || 8, || true), Plan { threads: 3, helpers: 2 });
    // A pool of one, or an awake team of another pool's threads.
    for work in [small, large] {
        assert_eq!(plan(work, (3, 3), 1, true), alone);
    }
}

#[test]
fn kernels_far_from_each_other_are_no_row() {
    let (mut pace, mut now) = (Pace::new(), Instant::now());
    let mut hot_after = |gap: Duration, kernels: usize| {
        (0..kernels).any(|_| {
            now += gap;
            let hot = pace.is_hot(now);
            now += 5 * LINGER;
            pace.ended(now);
            hot
        })
    };
    assert!(!hot_after(2 * LINGER, 100));
    assert!(!hot_after(LINGER / 2, 3));
    assert!(!hot_after(2 * LINGER, 1));
    assert!(!hot_after(LINGER / 2, 3));
    assert!(hot_after(LINGER / 2, 20));
    assert!(!hot_after(2 * LINGER, 1));
}

/// Waits for others; a test whose others never come should fail.
fn wait_for(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !what() {
        assert!(Instant::now() < end, "nobody came");
        std::thread::yield_now();
    }
}

/// Shares work with a helper: `called` runs here once it is in `helped`.
fn share_with_one(team: &'static Team, helped: &(dyn Fn() + Sync), called: &(dyn Fn() + Sync)) {
    let (caller, came) = (std::thread::current().id(), AtomicBool::new(false));
    let turn = team.turn().unwrap();
    turn.share(1, &|| {
        if std::thread::current().id() == caller {
            // (One that is about to leave when it is counted here does not come.)
            wait_for(|| {
                turn.ask(1);
                came.load(SeqCst)
            });
            called();
        } else {
            came.store(true, SeqCst);
            helped();
        }
    });
}

/// A kernel that claims to be worth waking threads for, and writes down who ran its parts.
struct Marks<'a>(&'a mut [Option<ThreadId>]);

impl Split for Marks<'_> {
    fn run_on(self, _: Isa) {
        self.0.fill(Some(std::thread::current().id()));
    }

    fn work(&self) -> usize {
        50_000_000
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let (first, rest) = self.0.split_at_mut(place(self.0.len(), share, parts));
        (Self(first), Self(rest))
    }
}

/// Without a kernel's arithmetic, so that Miri sees helpers write to the caller's memory.
#[test]
fn helpers_write_to_what_the_caller_has_borrowed() {
    pool(3).install(|| {
        wait_for(|| {
            let mut marks = [None; 50];
            run(Marks(&mut marks));
            assert!(marks.iter().all(Option::is_some), "{marks:?}");
            marks.iter().any(|mark| *mark != Some(std::thread::current().id()))
        });
    });
}

#[test]
fn a_panic_reaches_the_caller_and_the_team_goes_on() {
    static TEAM: Team = Team::new();
    let done = AtomicUsize::new(0);
    let slow = || {
        std::thread::sleep(Duration::from_millis(20));
        done.fetch_add(1, SeqCst);
    };
    pool(2).install(|| {
        let unwound = catch_unwind(AssertUnwindSafe(|| share_with_one(&TEAM, &|| panic!("of a helper"), &|| ())));
        assert_eq!(unwound.unwrap_err().downcast_ref::<&str>(), Some(&"of a helper"));
        // A caller that unwinds waits for the helper that is busy with what it has borrowed.
        let unwound = catch_unwind(AssertUnwindSafe(|| share_with_one(&TEAM, &slow, &|| panic!("of the caller"))));
        assert_eq!((unwound.unwrap_err().downcast_ref::<&str>(), done.load(SeqCst)), (Some(&"of the caller"), 1));
        share_with_one(&TEAM, &slow, &|| ());
        assert_eq!(done.load(SeqCst), 2);
    });
}

#[test]
fn helpers_leave_when_nothing_comes_and_let_other_jobs_pass() {
    static TEAM: Team = Team::new();
    let pool = pool(2);
    pool.install(|| share_with_one(&TEAM, &|| (), &|| ()));
    wait_for(|| TEAM.turn().unwrap().asked() == 0);
    wait_for(|| TEAM.turn().unwrap().awake() == 0);
    // The second thread lingers all the time, and yet a job gets through to it.
    pool.install(|| {
        let passed = AtomicBool::new(false);
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| passed.store(true, SeqCst));
            wait_for(|| {
                share_with_one(&TEAM, &|| (), &|| ());
                passed.load(SeqCst)
            });
        });
    });
}

#[test]
fn one_caller_at_a_time_has_the_team() {
    static TEAM: Team = Team::new();
    let held = TEAM.turn().unwrap();
    assert!(std::thread::scope(|scope| scope.spawn(|| TEAM.turn().is_none()).join().unwrap()));
    drop(held);
    assert!(TEAM.turn().is_some());
}
