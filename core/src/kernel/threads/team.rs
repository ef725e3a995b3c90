//! Threads that stay awake between kernels.
//!
//! A helper is a job that is given to rayon. It looks at a board where kernels are posted, for [`LINGER`] after the last one
//! that it took part in, and then gives its thread back; so a pool that is dropped waits no longer than that for it. In
//! between it lets rayon's other jobs and the machine's other threads pass, and does not count as awake while it does.
//!
//! There is one team for the process: a caller that finds it taken runs its kernel alone. Those who are busy with parts of
//! kernels never share others, so nobody waits for a turn that waits for him.

use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::any::Any;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long a helper looks out for the next kernel: longer than what lies between two kernels of a training step, shorter
/// than anybody would notice.
pub(crate) const LINGER: Duration = Duration::from_micros(200);

/// Looks at the board before a helper asks for the time and lets others pass: some 10 us.
const LOOKS: usize = 256;

/// Looks at the board before a caller lets others pass: it waits for parts that are about to end, unless their thread has
/// lost its core.
const PATIENCE: usize = 4096;

/// Small kernels in a row, each soon after the one before, from which on a caller is taken to go on like that.
const HOT: usize = 8;

/// What is shared out, and what a helper unwound with.
struct Job<'a> {
    work: &'a (dyn Fn() + Sync),
    unwound: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Where a job is posted. Apart from what callers write between kernels, which would disturb those who look at it.
#[repr(align(128))]
struct Board {
    /// Free seats, and [`INSIDE`] for each helper that has taken one.
    seats: AtomicUsize,
    /// Valid while a seat is free or taken.
    job: AtomicPtr<Job<'static>>,
}

/// A taken seat: beyond the largest number of free ones.
const INSIDE: usize = 1 << 16;

/// How soon kernels that run on one thread follow each other.
pub(crate) struct Pace {
    /// When the last one ended.
    last: Option<Instant>,
    /// How many in a row began soon after the one before.
    row: usize,
}

/// The helpers and what they look at.
pub(crate) struct Team {
    board: Board,
    /// Held by the caller whose kernel is shared.
    turn: Mutex<Pace>,
    /// Helpers that were asked for and have not left.
    asked: AtomicUsize,
    /// Those that look at the board or have a seat.
    awake: AtomicUsize,
}

/// The right to post a job.
pub(crate) struct Turn<'a> {
    team: &'static Team,
    pace: MutexGuard<'a, Pace>,
}

impl Pace {
    /// Whether a kernel that begins `now` is one of many.
    pub(crate) fn is_hot(&mut self, now: Instant) -> bool {
        let follows = self.last.is_some_and(|last| now.saturating_duration_since(last) < LINGER);
        self.row = if follows { self.row.saturating_add(1) } else { 0 };
        self.row >= HOT
    }

    pub(crate) fn ended(&mut self, now: Instant) {
        self.last = Some(now);
    }

    pub(crate) const fn new() -> Self {
        Self { last: None, row: 0 }
    }
}

impl Team {
    pub(crate) const fn new() -> Self {
        Self {
            board: Board { seats: AtomicUsize::new(0), job: AtomicPtr::new(core::ptr::null_mut()) },
            turn: Mutex::new(Pace::new()),
            asked: AtomicUsize::new(0),
            awake: AtomicUsize::new(0),
        }
    }

    /// `None` while another thread's kernel is shared.
    pub(crate) fn turn(&'static self) -> Option<Turn<'static>> {
        let pace = match self.turn.try_lock() {
            Ok(pace) => pace,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Turn { team: self, pace })
    }

    /// Takes a seat of the job that is posted, works, and gives the seat back.
    #[allow(unsafe_code, reason = "the job is borrowed from the stack of another thread")]
    fn help(&self) -> bool {
        let seats = &self.board.seats;
        let held = seats.load(Ordering::Relaxed);
        if held.is_multiple_of(INSIDE)
            || seats.compare_exchange(held, held - 1 + INSIDE, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            return false;
        }
        let seat = Seat(seats);
        // SAFETY: the seat was free, so a caller had posted the job, and it does not go on, unwinding or not, before the seat
        // is given back: below, or where this unwinds.
        let job = unsafe { &*self.board.job.load(Ordering::Relaxed) };
        if let Err(unwound) = catch_unwind(AssertUnwindSafe(job.work)) {
            *job.unwound.lock().unwrap_or_else(PoisonError::into_inner) = Some(unwound);
        }
        drop(seat);
        true
    }

    /// A helper's time with rayon.
    fn linger(&self) {
        let mut until = None;
        loop {
            self.awake.fetch_add(1, Ordering::Relaxed);
            for _ in 0..LOOKS {
                if self.help() {
                    until = None;
                }
                core::hint::spin_loop();
            }
            self.awake.fetch_sub(1, Ordering::Relaxed);
            let now = Instant::now();
            if now >= *until.get_or_insert(now + LINGER) {
                break;
            }
            rayon::yield_now();
            std::thread::yield_now();
        }
        self.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A helper's, until it is dropped.
struct Seat<'a>(&'a AtomicUsize);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(INSIDE, Ordering::Release);
    }
}

impl Turn<'_> {
    /// Helpers that are awake.
    pub(crate) fn awake(&self) -> usize {
        self.team.awake.load(Ordering::Relaxed)
    }

    /// Helpers that are awake, or about to be.
    pub(crate) fn asked(&self) -> usize {
        self.team.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn is_hot(&mut self) -> bool {
        self.pace.is_hot(Instant::now())
    }

    /// A kernel has ended that was not shared.
    pub(crate) fn ended(&mut self) {
        self.pace.ended(Instant::now());
    }

    /// Asks rayon for as many helpers as lack.
    pub(crate) fn ask(&self, helpers: usize) {
        let team = self.team;
        for _ in self.asked()..helpers {
            team.asked.fetch_add(1, Ordering::Relaxed);
            rayon::spawn(|| team.linger());
        }
    }

    /// Runs `work` here and on each of up to `helpers` that come before it is done here; ends when all have ended.
    pub(crate) fn share(&self, helpers: usize, work: &(dyn Fn() + Sync)) {
        let job = Job { work, unwound: Mutex::new(None) };
        let posted = self.post(&job, helpers);
        work();
        drop(posted);
        if let Some(unwound) = job.unwound.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(unwound);
        }
    }

    fn post<'a>(&self, job: &'a Job<'a>, helpers: usize) -> Posted<'a> {
        let board = &self.team.board;
        board.job.store(core::ptr::from_ref(job).cast_mut().cast(), Ordering::Relaxed);
        board.seats.store(helpers.min(INSIDE - 1), Ordering::Release);
        Posted { board, job: core::marker::PhantomData }
    }
}

/// A job that helpers may be busy with: it is taken off the board, and all of them have left, when this is dropped.
struct Posted<'a> {
    board: &'static Board,
    job: core::marker::PhantomData<&'a Job<'a>>,
}

impl Drop for Posted<'_> {
    fn drop(&mut self) {
        let seats = &self.board.seats;
        seats.fetch_and(!(INSIDE - 1), Ordering::Relaxed);
        let mut looks = 0;
        while seats.load(Ordering::Acquire) != 0 {
            core::hint::spin_loop();
            looks += 1;
            if looks % PATIENCE == 0 {
                std::thread::yield_now();
            }
        }
    }
}
