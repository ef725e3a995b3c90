//! The tensor chapter of the course as a program: each expression as it is written, and its value as it is printed.
//!
//!     cargo run --release --example tensors

use clap::{Parser, ValueEnum};
use formwork::tensor::{End, Norm};
use formwork::{Tensor, Vector, slice, tensor};
use formwork_examples::cli::{Failure, finish, make_folder};
use formwork_examples::say;
use rand::{SeedableRng, rngs::StdRng};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Walks through tensors: creation, attributes, operators, joining, indexing, slicing, norms.
#[derive(Parser)]
struct Options {
    /// One section alone.
    #[arg(long)]
    section: Option<Section>,
    /// Where random tensors are drawn from.
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Folder for `tensors.txt`, the text of this run.
    #[arg(long, value_name = "DIR", default_value = "target/tensors")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    Creation,
    Attributes,
    Operators,
    Broadcasting,
    Joining,
    Indexing,
    Slicing,
    Reductions,
    Norms,
}

/// The text so far, and how many expressions it shows.
struct Page {
    text: String,
    shown: usize,
}

impl Page {
    /// An expression and its value, the value beside it where it is one line.
    fn show(&mut self, expression: &str, value: String) -> Result<(), Failure> {
        let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        self.shown += 1;
        if value.contains('\n') {
            writeln!(self.text, ">>> {expression}\n{value}")?;
        } else {
            writeln!(self.text, ">>> {expression:<46} {value}")?;
        }
        Ok(())
    }
}

/// Shows expressions, printed as `Display` prints them.
macro_rules! show {
    ($page:ident: $($value:expr;)*) => {$( $page.show(stringify!($value), $value.to_string())?; )*};
}

/// Runs statements and shows what they leave behind.
macro_rules! change {
    ($page:ident: $name:ident: $($change:expr;)*) => {$(
        $change;
        $page.show(concat!(stringify!($change), "; ", stringify!($name)), $name.to_string())?;
    )*};
}

/// Shows expressions, printed as `Debug` prints them.
macro_rules! debug {
    ($page:ident: $($value:expr;)*) => {$( $page.show(stringify!($value), format!("{:?}", $value))?; )*};
}

fn main() -> ExitCode {
    let options = Options::parse();
    finish(run(&options))
}

fn run(options: &Options) -> Result<(), Failure> {
    make_folder(&options.out)?;
    let mut page = Page { text: String::new(), shown: 0 };
    let sections =
        Section::value_variants().iter().filter(|section| options.section.is_none_or(|only| only == **section));
    let mut count = 0;
    for section in sections {
        count += 1;
        let name = section.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        writeln!(page.text, "\n== {name}")?;
        // Each section begins with the same generator, so that it prints the same alone.
        let mut rng = StdRng::seed_from_u64(options.seed);
        match section {
            Section::Creation => creation(&mut page, &mut rng)?,
            Section::Attributes => attributes(&mut page)?,
            Section::Operators => operators(&mut page)?,
            Section::Broadcasting => broadcasting(&mut page)?,
            Section::Joining => joining(&mut page)?,
            Section::Indexing => indexing(&mut page)?,
            Section::Slicing => slicing(&mut page)?,
            Section::Reductions => reductions(&mut page)?,
            Section::Norms => norms(&mut page)?,
        }
    }
    say!("{}", page.text.trim_start());
    let file = options.out.join("tensors.txt");
    std::fs::write(&file, page.text.trim_start())
        .map_err(|error| format!("{}: cannot be written: {error}", file.display()))?;
    say!("text in {}", file.display());
    let x = Vector::<12>::arange(0.0, 1.0);
    say!("sections {count} expressions {} sum {} norm {:.4}", page.shown, x.sum(), x.norm(Norm::L2));
    Ok(())
}

fn creation(page: &mut Page, rng: &mut StdRng) -> Result<(), Failure> {
    show!(page:
        Vector::<12>::arange(0.0, 1.0);
        Vector::<12>::arange(0.0, 1.0).reshape::<3, 4>();
        Tensor::<2, 3>::zeros();
        Tensor::<2, 3>::ones();
        Tensor::<2, 3>::full(7.5);
        Tensor::<3, 3>::eye();
        Vector::<5>::linspace(0.0, 1.0);
        tensor![[2, 1, 4, 3], [1, 2, 3, 4], [4, 3, 2, 1]];
        Tensor::<3, 4>::randn(rng);
        Tensor::<2, 4>::rand(rng);
        Tensor::<2, 4, i64>::randint(0, 10, rng);
        Vector::<6, i64>::randperm(rng);
        Tensor::<2, 3>::from_fn(|row, col| (10 * row + col) as f32);
    );
    Ok(())
}

fn attributes(page: &mut Page) -> Result<(), Failure> {
    let x = Vector::<12>::arange(0.0, 1.0).reshape::<3, 4>();
    show!(page:
        x.numel();
        x.cast::<i64>();
        x.cast::<i64>().cast::<f32>();
    );
    debug!(page:
        x.shape();
        tensor![[1.5_f32, 2.5]];
        tensor![[1_i64, 2], [3, 4]];
    );
    Ok(())
}

fn operators(page: &mut Page) -> Result<(), Failure> {
    let x: Vector<4> = tensor![1.0, 2.0, 4.0, 8.0];
    let y: Vector<4> = tensor![2.0, 2.0, 2.0, 2.0];
    show!(page:
        &x + &y;
        &x - &y;
        &x * &y;
        &x / &y;
        &x % 3.0;
        x.pow(2.0);
        -&x;
        x.exp();
        x.sqrt();
        1.0 / &x;
        x.gt(2.0);
        x.eq(&y);
        x.gt(2.0).select(&x, &y);
        x.clamp(2.0, 5.0);
    );
    let mut z = x.clone();
    change!(page: z:
        z += &y;
        z *= 10.0;
    );
    Ok(())
}

fn broadcasting(page: &mut Page) -> Result<(), Failure> {
    let a: Tensor<3, 1> = tensor![[0.0], [1.0], [2.0]];
    let b: Tensor<1, 2> = tensor![0.0, 10.0];
    let x = Tensor::<3, 2>::ones();
    show!(page:
        &x + a.over_cols();
        &x + b.over_rows();
        (Tensor::<3, 2>::zeros() + a.over_cols()) + b.over_rows();
    );
    Ok(())
}

fn joining(page: &mut Page) -> Result<(), Failure> {
    let x = Vector::<6>::arange(0.0, 1.0).reshape::<2, 3>();
    let y: Tensor<2, 3> = tensor![[2.0, 1.0, 4.0], [1.0, 2.0, 3.0]];
    let (first, second) = (x[0].clone(), y[0].clone());
    show!(page:
        x.cat_rows::<2, 4>(&y);
        x.cat_cols::<3, 6>(&y);
        Tensor::stack(&[first.clone(), second.clone()]);
        x.reshape::<3, 2>();
        x.flatten::<6>();
        x.transpose();
        first.repeat::<2, 3>();
    );
    Ok(())
}

fn indexing(page: &mut Page) -> Result<(), Failure> {
    let mut x = Vector::<12>::arange(0.0, 1.0).reshape::<3, 4>();
    show!(page:
        x[1];
        x[End(1)];
        x[(1, 2)];
        x[(End(1), End(2))];
    );
    debug!(page:
        x.get(2, 3);
        x.get(3, 0);
    );
    change!(page: x: x[(1, 2)] = 9.0;);
    Ok(())
}

fn slicing(page: &mut Page) -> Result<(), Failure> {
    let mut x = Vector::<12>::arange(0.0, 1.0).reshape::<3, 4>();
    show!(page:
        x.rows::<1, 2>();
        x.cols::<1, 2>();
        slice!(x[1..3, 0..2]);
    );
    change!(page: x: x.rows_mut::<0, 2>().fill(12.0););
    Ok(())
}

fn reductions(page: &mut Page) -> Result<(), Failure> {
    let x = Vector::<6>::arange(0.0, 1.0).reshape::<2, 3>();
    show!(page:
        x.sum();
        x.sum_dim0();
        x.sum_dim1();
        x.mean();
        x.var(1);
        x.max();
        x.argmax();
        x.cumsum_dim0();
        x.softmax_dim1();
    );
    Ok(())
}

fn norms(page: &mut Page) -> Result<(), Failure> {
    let u: Vector<2> = tensor![3.0, -4.0];
    let a = Vector::<6>::arange(0.0, 1.0).reshape::<2, 3>();
    show!(page:
        u.norm(Norm::L2);
        u.norm(Norm::L1);
        u.norm(Norm::Max);
        Tensor::<4, 9>::ones().norm(Norm::L2);
        u.dot(&u);
        a.matmul(&a.transpose());
        a.matmul(&Tensor::<3, 1>::ones());
    );
    Ok(())
}
