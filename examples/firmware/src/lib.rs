//! Counts instructions, stack and memory of a piece of work on the emulated MPS2-AN386, and prints them.
//!
//! All `unsafe` code of the firmware is here: registers of the board, the semihosting call, the paint on the stack.
#![no_std]

pub mod work;

use core::arch::asm;
use core::panic::PanicInfo;

/// A panic is a call of a function that does not exist: a program that links has no panic that can be reached.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn a_panic_can_be_reached() -> !;
    }
    // SAFETY: never linked, see above.
    unsafe { a_panic_can_be_reached() }
}

/// A semihosting request to the emulator.
fn semihosting(request: u32, argument: *const u32) {
    // SAFETY: the emulator reads the argument block of the two requests used here and changes r0 alone.
    unsafe { asm!("bkpt #0xab", inout("r0") request => _, in("r1") argument, options(nostack)) }
}

/// Ends the emulation with an exit code.
pub fn exit(code: u32) -> ! {
    semihosting(0x20, [0x20026, code].as_ptr());
    #[allow(clippy::empty_loop, reason = "the emulator is gone before")]
    loop {}
}

/// A line of text in the making; what does not fit is cut off.
pub struct Line {
    bytes: [u8; 160],
    length: usize,
}

impl Line {
    /// An empty line.
    pub const fn new() -> Self {
        Self { bytes: [0; 160], length: 0 }
    }

    fn byte(&mut self, byte: u8) {
        // The last place stays 0, the end of the text.
        if self.length < 159
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        text.bytes().for_each(|byte| self.byte(byte));
        self
    }

    /// Adds a whole number.
    pub fn number(&mut self, number: u32) -> &mut Self {
        let mut scale = 1_000_000_000;
        while scale > 0 {
            if number >= scale || scale == 1 {
                self.byte(b'0' + (number / scale % 10) as u8);
            }
            scale /= 10;
        }
        self
    }

    /// Adds a number in eight hexadecimal digits.
    pub fn hex(&mut self, number: u32) -> &mut Self {
        for place in (0..8).rev() {
            let digit = (number >> (4 * place) & 15) as u8;
            self.byte(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        }
        self
    }

    /// Prints it.
    pub fn print(&mut self) {
        self.byte(b'\n');
        semihosting(0x04, self.bytes.as_ptr().cast());
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

/// CMSDK timer 0: control, value, reload; 25 MHz, counting down.
const TIMER: *mut u32 = 0x4000_0000 as *mut u32;
/// `-icount shift=8`: an instruction takes 256 ns, a tick 40 ns.
const TICK_NS: u32 = 40;

/// Ticks that `work` takes.
#[inline(never)]
fn ticks(work: &mut dyn FnMut()) -> u32 {
    // SAFETY: the timer's three registers, which nothing else uses.
    unsafe {
        TIMER.write_volatile(0);
        TIMER.add(2).write_volatile(u32::MAX);
        TIMER.add(1).write_volatile(u32::MAX);
        TIMER.write_volatile(1);
        let before = TIMER.add(1).read_volatile();
        work();
        before.wrapping_sub(TIMER.add(1).read_volatile())
    }
}

/// Instructions that `work` takes, without those of the call itself.
fn instructions(work: &mut dyn FnMut()) -> u32 {
    let count = |ticks: u32| ((u64::from(ticks) * u64::from(TICK_NS) + 128) >> 8) as u32;
    count(ticks(work)).wrapping_sub(count(ticks(&mut || {})))
}

const PAINT: u32 = 0xa5a5_5a5a;

/// Stack that `work` takes below its caller's frame, in bytes.
#[inline(never)]
fn stack(work: &mut dyn FnMut()) -> u32 {
    let top: u32;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) top, options(nomem, nostack)) }
    let bottom = (&raw const linker::__sheap) as u32;
    // A little is left unpainted for what this function itself may spill below the mark.
    let mut place = bottom;
    while place < top {
        // SAFETY: the memory between the program's own and the stack belongs to nobody yet.
        unsafe { (place as *mut u32).write_volatile(PAINT) };
        place += 4;
    }
    work();
    place = bottom;
    // SAFETY: as above.
    while place < top && unsafe { (place as *const u32).read_volatile() } == PAINT {
        place += 4;
    }
    top - place
}

/// Addresses that the linker knows.
mod linker {
    unsafe extern "C" {
        /// Where flash begins.
        pub static __vector_table: u8;
        /// Where the first values of variables lie in flash, behind everything else there.
        pub static __sidata: u8;
        /// Where memory begins, with those variables.
        pub static __sdata: u8;
        /// Their end.
        pub static __edata: u8;
        /// The end of all variables.
        pub static __sheap: u8;
    }
}

/// Bytes of the whole program in flash, and of its variables in memory.
fn image() -> (u32, u32) {
    let between = |from: *const u8, to: *const u8| (to as u32).wrapping_sub(from as u32);
    let (flash, first) = (&raw const linker::__vector_table, &raw const linker::__sidata);
    let (begin, end, heap) = (&raw const linker::__sdata, &raw const linker::__edata, &raw const linker::__sheap);
    (between(flash, first) + between(begin, end), between(begin, heap))
}

/// A piece of work on a state, done alike on the host.
pub struct Work<'a, S> {
    /// What the line begins with.
    pub name: &'a str,
    /// The host's hash of the result.
    pub host: u32,
    /// Multiply-adds of a prediction, 0 where they are not what is counted.
    pub macs: usize,
    /// Bytes of scratch that the formula says.
    pub scratch: usize,
    /// Everything that the work writes, apart from the stack.
    pub state: &'a mut S,
    /// Puts the state back.
    pub reset: fn(&mut S),
    /// The work.
    pub run: fn(&mut S),
    /// The hash of what it left.
    pub hash: fn(&S) -> u32,
}

impl<S> Work<'_, S> {
    /// Runs twice, once counting instructions and once stack, prints a line, and compares the results with the host's.
    ///
    /// A wrong hash ends the program with exit code 1.
    pub fn measure(self) {
        let Self { name, host, macs, scratch, state, reset, run, hash } = self;
        reset(state);
        let instructions = instructions(&mut || run(state));
        let first = hash(state);
        reset(state);
        let stack = stack(&mut || run(state));
        let second = hash(state);
        let (flash, variables) = image();
        let mut line = Line::new();
        line.text(name).text(" hash ").hex(first).text(" instructions ").number(instructions);
        line.text(" macs ").number(macs as u32).text(" scratch ").number(scratch as u32);
        line.text(" stack ").number(stack).text(" ram ").number(size_of::<S>() as u32 + variables);
        line.text(" flash ").number(flash).print();
        if first != host || second != host {
            Line::new().text(name).text(": the host has ").hex(host).print();
            exit(1);
        }
    }
}
