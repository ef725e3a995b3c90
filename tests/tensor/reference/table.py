"""Writes the tensor page of the guide: computes the PyTorch column with PyTorch and makes its results the tests of the
Formwork column. Run: python3 table.py (PyTorch 2.15)."""

import pathlib

import numpy
import torch

PAGE = pathlib.Path(__file__).parents[3] / "core/src/guide/tensor.md"
PRELUDE = """x = torch.tensor([[1., 2.], [3., 4.]])
y = x * 10
v = torch.tensor([1, 2, 3])
z = x.clone()
n = torch.tensor([torch.nan, 1., torch.inf])"""
INTRO = """# PyTorch's tensor chapter, line by line

Below, `x` is `tensor![[1., 2.], [3., 4.]]`, `y` is `10 x`, `v` is `tensor![1, 2, 3]` of `i64`, and `rng` is any generator of `rand`;
`z` is a copy of `x`, a new one for each line that writes to it; `n` is `tensor![NaN, 1., inf]`.
After each table stand the same lines with their results, which PyTorch computed; they are run as a test. Where a function rounds,
the results agree to 1e-6 of their size.

A tensor has two dimensions; a vector is a tensor of one row. A dimension that is reduced keeps size 1 (`keepdim=True`).
A float literal without anything that says otherwise is an `f64`, as always in Rust: name the type (`Tensor<2, 2>`, which is
of `f32`) or write `1.0_f32`.

Sizes that have to be equal are compared by the type checker. Sizes computed from others (`cat`, `reshape`, `split`, `rows`, ...) are
const assertions: `cargo build` finds a mistake there, **`cargo check` and most editors do not**. The macros
[`slice!`](crate::slice) and [`reshape!`](crate::reshape), with the shapes spelled out, are found by both.

What is `NaN` or infinite, and what overflows, behaves as in PyTorch: see [the edges](#edges).
"""
START = """use formwork::tensor::{End, Norm, Scalar};
use formwork::{Tensor, Vector, reshape, slice, tensor};
use rand::{SeedableRng, rngs::StdRng};
# fn main() -> Result<(), Box<dyn std::error::Error>> {
# let mut rng = StdRng::seed_from_u64(0);
let x: Tensor<2, 2> = tensor![[1., 2.], [3., 4.]];
let y = &x * 10.0;
let v = tensor![1_i64, 2, 3];
let n = tensor![f32::NAN, 1., f32::INFINITY];
"""
END = """# Ok(())
# }
"""

# PyTorch, Formwork, and how the results are compared: "" exactly, "~" to 1e-6, "[]" as an array, "z" after the line.
CREATION = [
    ("torch.tensor([[1., 2.], [3., 4.]])", "tensor![[1., 2.], [3., 4.]]"),
    ("torch.tensor([1, 2]).tolist()", "Vector::<2, i64>::try_from(&[1, 2][..])?.into_array()[0]"),
    ("torch.zeros(2, 3)", "Tensor::<2, 3>::zeros()"),
    ("torch.ones(1, 2)", "Tensor::<1, 2>::ones()"),
    ("torch.full((1, 2), 7.)", "Tensor::<1, 2>::full(7.)"),
    ("torch.eye(2)", "Tensor::<2, 2>::eye()"),
    ("torch.arange(0, 10, 2)", "Vector::<5, i64>::arange(0, 2)"),
    ("torch.linspace(0, 1, 5)", "Vector::<5>::linspace(0., 1.)"),
    ("torch.tensor([[i * j for j in range(3)] for i in range(2)])", "Tensor::<2, 3, i64>::from_fn(|i, j| (i * j) as i64)"),
    ("torch.zeros_like(x)", "x.zeros_like()"),
    ("torch.ones_like(x)", "x.ones_like()"),
    ("torch.full_like(x, 3.)", "x.full_like(3.)"),
    ("torch.rand(2, 3).shape", "Tensor::<2, 3>::rand(&mut rng).shape()"),
    ("torch.randn(2, 3).shape", "Tensor::<2, 3>::randn(&mut rng).shape()"),
    ("torch.rand_like(x).shape", "x.rand_like(&mut rng).shape()"),
    ("torch.randn_like(x).shape", "x.randn_like(&mut rng).shape()"),
    ("torch.normal(5., 0., (1, 2))", "Tensor::<1, 2>::normal(5., 0., &mut rng)"),
    ("torch.empty(1, 2).uniform_(5., 5.)", "Tensor::<1, 2>::uniform(5., 5., &mut rng)"),
    ("torch.randint(3, 4, (1, 2))", "Tensor::<1, 2, i64>::randint(3, 4, &mut rng)"),
    ("torch.randperm(4).sum()", "Vector::<4, i64>::randperm(&mut rng).sum()"),
    ("z.normal_(5., 0.)", "z.fill_normal(5., 0., &mut rng)", "z"),
    ("z.fill_(7.)", "z.fill(7.)", "z"),
    ("z.copy_(y)", "z.copy_from(y.as_slice())?", "z"),
    ("torch.ones(60000, 784).sum()", "Tensor::<60000, 784>::boxed_ones().sum()"),
]
ATTRIBUTES = [
    ("x.shape", "x.shape()"),
    ("x.shape[0]", "Tensor::<2, 2>::SHAPE[0]"),
    ("x.numel()", "x.numel()"),
    ("x.dtype", "f32::DTYPE"),
    ("v.dtype", "i64::DTYPE"),
    ("x.to(torch.int64)", "x.cast::<i64>()"),
    ("v.to(torch.float32)", "v.cast::<f32>()"),
    ("v.to(torch.bool)", "v.cast::<bool>()"),
    ("x.tolist()", "x.as_array()", "*"),
    ("x.clone()", "x.clone()"),
    ("str(x)", 'x.to_string()'),
    ("str(x / 3)", '(&x / 3.).to_string()'),
    ("str(v.reshape(1, 3))", 'v.to_string()'),
    ("torch.set_printoptions(precision=2); str(x / 3)", 'format!("{:.2}", &x / 3.)'),
]
ARITHMETIC = [
    ("x + y", "&x + &y"),
    ("y - x", "&y - &x"),
    ("x * y", "&x * &y"),
    ("y / x", "&y / &x"),
    ("1 - x", "1.0 - &x"),
    ("x * 2", "&x * 2.0"),
    ("-x", "-&x"),
    ("x ** 2", "x.pow(2.)"),
    ("v ** 3", "v.powi(3)"),
    ("v % 2", "v.remainder(2)"),
    ("torch.fmod(v, 2)", "&v % 2"),
    ("torch.tensor([-7., 7.]) % 3", "Vector::from([-7.0_f32, 7.]).remainder(3.)"),
    ("torch.fmod(torch.tensor([-7., 7.]), 3)", "Vector::from([-7.0_f32, 7.]) % 3."),
    ("z += y", "z += &y", "z"),
    ("z -= 1", "z -= 1.", "z"),
    ("z *= torch.tensor([1., 2.])", "z *= tensor![1., 2.].over_rows()", "z"),
    ("z /= 2", "z /= 2.", "z"),
    ("z %= 2", "z %= 2.", "z"),
    ("x + torch.tensor([10., 20.])", "&x + tensor![10., 20.].over_rows()"),
    ("x + torch.tensor([[10.], [20.]])", "&x + tensor![[10.], [20.]].over_cols()"),
    ("x - x.mean(dim=0)", "&x - x.mean_dim0().over_rows()"),
    ("x / x.sum(dim=1, keepdim=True)", "&x / x.sum_dim1().over_cols()", "~"),
    ("x.exp()", "x.exp()", "~"),
    ("x.log()", "x.ln()", "~"),
    ("x.sqrt()", "x.sqrt()"),
    ("x.sin()", "x.sin()", "~"),
    ("x.cos()", "x.cos()", "~"),
    ("x.tanh()", "x.tanh()", "~"),
    ("x.sigmoid()", "x.sigmoid()", "~"),
    ("x.reciprocal()", "x.recip()"),
    ("(-x).abs()", "(-&x).abs()"),
    ("(x - 2).relu()", "(&x - 2.).relu()"),
    ("(x / 2).floor()", "(&x / 2.).floor()"),
    ("(x / 2).ceil()", "(&x / 2.).ceil()"),
    ("(x / 2).round()", "(&x / 2.).round()"),
    ("z.exp_()", "z.exp_inplace()", "z~"),
    ("x.clamp(2, 3)", "x.clamp(2., 3.)"),
    ("torch.maximum(x, x.T)", "x.maximum(&x.transpose())"),
    ("torch.minimum(x, x.T)", "x.minimum(&x.transpose())"),
    ("x.apply_(lambda e: e * e + 1)", "x.map(|e| e * e + 1.)"),
    ("torch.hypot(x, y)", "x.zip_with(&y, f32::hypot)", "~"),
    ("x > 2", "x.gt(2.)"),
    ("x >= y", "x.ge(&y)"),
    ("x < 2", "x.lt(2.)"),
    ("x <= x.T", "x.le(&x.transpose())"),
    ("x == x.T", "x.eq(&x.transpose())"),
    ("x != x.T", "x.ne(&x.transpose())"),
    ("(x > 1) & (x < 4)", "x.gt(1.) & x.lt(4.)"),
    ("(x < 2) | (x > 3)", "x.lt(2.) | x.gt(3.)"),
    ("~(x > 2)", "!x.gt(2.)"),
    ("(x > 2) ^ (x > 3)", "x.gt(2.) ^ x.gt(3.)"),
    ("torch.where(x > 2, x, -x)", "x.gt(2.).select(&x, &-&x)"),
    ("(x > 0).all()", "x.gt(0.).all()"),
    ("(x > 4).any()", "x.gt(4.).any()"),
    ("(x > 1).sum()", "x.gt(1.).sum()"),
    ("torch.equal(x, y / 10)", "x == &y / 10."),
    ("torch.allclose(x, y / 10)", "x.allclose(&(&y / 10.), 1e-5, 1e-8)"),
]
JOINING = [
    ("torch.cat([x, y])", "x.cat_rows::<2, 4>(&y)"),
    ("torch.cat([x, y], dim=1)", "x.cat_cols::<2, 4>(&y)"),
    ("torch.cat([x, y, x])", "Tensor::<6, 2>::cat_many_rows((&x, &y, &x))"),
    ("torch.cat([x, y, x], dim=1)", "Tensor::<2, 6>::cat_many_cols((&x, &y, &x))"),
    ("torch.stack([v, v])", "Tensor::stack(&[v.clone(), v.clone()])"),
    ("torch.split(v, [1, 2])", "v.split_cols::<1, 2>()"),
    ("torch.split(x, [1, 1])", "x.split_rows::<1, 1>()"),
    ("torch.split(v, [1, 1, 1])", "v.split_many_cols::<(Vector<1, i64>, Vector<1, i64>, Vector<1, i64>)>()"),
    ("torch.chunk(x, 2)", "x.chunk_rows::<2, 1>()", "[]"),
    ("torch.chunk(x, 2, dim=1)", "x.chunk_cols::<2, 1>()", "[]"),
    ("v.repeat(2, 1)", "v.repeat::<2, 3>()"),
    ("x.reshape(1, 4)", "x.reshape::<1, 4>()"),
    ("x.reshape(4, 1)", "reshape!(x: 2, 2 => 4, 1)"),
    ("x.view(4, 1)", "x.reshape_ref::<4, 1>()", "*"),
    ("x.flatten()", "x.flatten::<4>()"),
    ("x.T", "x.transpose()"),
    ("x[1, 0]", "x[(1, 0)]"),
    ("x[1]", "x[1]"),
    ("x[-1]", "x[End(1)]"),
    ("x[-1, -2]", "x[(End(1), End(2))]"),
    ("x[5, 0]", "x.get(5, 0)"),
    ("x[:, 1].tolist()", "x.col(1).unwrap().copied().collect::<Vec<_>>()"),
    ("x[0:1]", "slice!(x[0..1])"),
    ("x[:, 1:2]", "slice!(x[.., 1..2])"),
    ("x[0:2, 1:2]", "slice!(x[0..2, 1..2])"),
    ("x[1:2, 0:1]", "slice!(x: [2, 2][1..2, 0..1])"),
    ("x[1:]", "x.rows::<1, 1>()", "*"),
    ("x[:, 1:]", "x.cols::<1, 1>()"),
    ("z[0, 1] = 9", "z[(0, 1)] = 9.", "z"),
    ("z[-1] = y[0]", "z[End(1)] = y[0].clone()", "z"),
    ("z[0:1] = 7", "z.rows_mut::<0, 1>().fill(7.)", "z"),
    ("z[:, 0:1] = y[:, 1:2]", "slice!(z[.., 0..1] = slice!(y[.., 1..2]))", "z"),
    ("z[1:2, 0:1] = y[0:1, 0:1]", "slice!(z[1..2, 0..1] = slice!(y[0..1, 0..1]))", "z"),
    ("[e.item() for e in x.flatten()]", "x.iter().copied().collect::<Vec<_>>()"),
    ("[row.sum().item() for row in x]", "x.iter_rows().map(|row| row.sum()).collect::<Vec<_>>()"),
    ("[col.sum().item() for col in x.T]", "x.iter_cols().map(|col| col.sum::<f32>()).collect::<Vec<_>>()"),
]
REDUCTIONS = [
    ("x.sum()", "x.sum()"),
    ("x.sum(dim=0, keepdim=True)", "x.sum_dim0()"),
    ("x.sum(dim=1, keepdim=True)", "x.sum_dim1()"),
    ("v.sum()", "v.sum()"),
    ("x.mean()", "x.mean()"),
    ("x.mean(dim=0, keepdim=True)", "x.mean_dim0()"),
    ("x.mean(dim=1, keepdim=True)", "x.mean_dim1()"),
    ("x.var(dim=0, keepdim=True)", "x.var_dim0(1)"),
    ("x.var(correction=0)", "x.var(0)"),
    ("x.var(dim=1, keepdim=True)", "x.var_dim1(1)"),
    ("x.std()", "x.std(1)", "~"),
    ("x.std(dim=0, keepdim=True)", "x.std_dim0(1)", "~"),
    ("y.std(dim=1, correction=0, keepdim=True)", "y.std_dim1(0)"),
    ("x.max()", "x.max()"),
    ("x.max(dim=0, keepdim=True).values", "x.max_dim0()"),
    ("x.max(dim=1, keepdim=True).values", "x.max_dim1()"),
    ("x.min()", "x.min()"),
    ("x.min(dim=0, keepdim=True).values", "x.min_dim0()"),
    ("x.min(dim=1, keepdim=True).values", "x.min_dim1()"),
    ("x.argmax()", "x.argmax()"),
    ("x.argmax(dim=0, keepdim=True)", "x.argmax_dim0()"),
    ("x.argmax(dim=1, keepdim=True)", "x.argmax_dim1()"),
    ("x.argmin()", "x.argmin()"),
    ("x.argmin(dim=0, keepdim=True)", "x.argmin_dim0()"),
    ("x.argmin(dim=1, keepdim=True)", "x.argmin_dim1()"),
    ("x.prod()", "x.prod()"),
    ("x.prod(dim=0, keepdim=True)", "x.prod_dim0()"),
    ("x.prod(dim=1, keepdim=True)", "x.prod_dim1()"),
    ("x.cumsum(dim=0)", "x.cumsum_dim0()"),
    ("x.cumsum(dim=1)", "x.cumsum_dim1()"),
    ("(-x).sort(dim=1).values", "(-&x).sort_dim1()"),
    ("(-x).argsort(dim=1)", "(-&x).argsort_dim1()"),
    ("x.topk(1, dim=1)", "x.topk::<1>()"),
    ("torch.softmax(x, dim=1)", "x.softmax_dim1()", "~"),
    ("torch.log_softmax(x, dim=1)", "x.log_softmax_dim1()", "~"),
    ("torch.logsumexp(x, dim=1, keepdim=True)", "x.logsumexp_dim1()", "~"),
]
ALGEBRA = [
    ("x @ y", "x.matmul(&y)"),
    ("x @ y.T", "x.matmul_nt(&y)"),
    ("x.T @ y", "x.matmul_tn(&y)"),
    ("torch.dot(v, v)", "v.dot(&v)"),
    ("torch.outer(v, v)", "v.outer(&v)"),
    ("torch.linalg.vector_norm(x, 1)", "x.norm(Norm::L1)"),
    ("torch.linalg.vector_norm(x)", "x.norm(Norm::L2)", "~"),
    ("torch.linalg.matrix_norm(x)", "x.norm(Norm::L2)", "~"),
    ("torch.linalg.vector_norm(x, torch.inf)", "x.norm(Norm::Max)"),
    ("torch.trace(x)", "x.trace()"),
    ("torch.diag(x)", "x.diag()"),
    ("torch.diag(v)", "v.to_diag()"),
    ("x.tril()", "x.tril()"),
    ("x.triu()", "x.triu()"),
    ("torch.equal(x, x.T)", "x.is_symmetric(0.)"),
    ("torch.allclose(x @ x.T, torch.eye(2))", "x.is_orthogonal(1e-6)"),
    ("torch.linalg.det(x)", "x.det()", "~"),
    ("torch.linalg.inv(x)", "x.inverse()?", "~"),
    ("torch.linalg.solve(x, y)", "x.solve(&y)?", "~"),
    ("torch.linalg.cholesky(x @ x.T)", "x.matmul_nt(&x).cholesky()?", "~"),
    ("torch.linalg.qr(x).Q", "x.qr().0", "~"),
    ("torch.linalg.qr(x).R", "x.qr().1", "~"),
]
EDGES = [
    ("n.relu()", "n.relu()"),
    ("n.clamp(0, 2)", "n.clamp(0., 2.)"),
    ("torch.maximum(n, torch.ones(3))", "n.maximum(&Tensor::ones())"),
    ("n.max()", "n.max()"),
    ("n.argmin()", "n.argmin()"),
    ("n.sum()", "n.sum()"),
    ("n.sort().values", "n.sort_dim1()"),
    ("n == n", "n.eq(&n)"),
    ("torch.tensor([-torch.inf, 0.]).exp()", "tensor![-f32::INFINITY, 0.].exp()"),
    ("torch.tensor([-1., 0.]).log()", "tensor![-1.0_f32, 0.].ln()"),
    ("torch.tensor([-1., 0.]).sqrt()", "tensor![-1.0_f32, 0.].sqrt()"),
    ("torch.tensor([-1., 0.]) / 0", "tensor![-1.0_f32, 0.] / 0."),
    ("torch.tensor([-torch.inf, 0.]).softmax(0)", "tensor![-f32::INFINITY, 0.].softmax_dim1()"),
    ("torch.tensor([torch.inf, 0.]).softmax(0)", "tensor![f32::INFINITY, 0.].softmax_dim1()"),
    ("torch.tensor([torch.inf, 0.]).log_softmax(0)", "tensor![f32::INFINITY, 0.].log_softmax_dim1()"),
    ("torch.tensor([torch.inf, 0.]).logsumexp(0, True)", "tensor![f32::INFINITY, 0.].logsumexp_dim1()"),
    ("n.topk(2).values", "n.topk::<2>().0"),
    ("n.cumsum(0)", "n.cumsum_dim1()"),
    ("n.var()", "n.var(1)"),
    ("torch.linalg.vector_norm(n)", "n.norm(Norm::L2)"),
    ("torch.linalg.det(torch.tensor([[torch.nan, 1.], [1., 1.]]))", "tensor![[f32::NAN, 1.], [1., 1.]].det()"),
    ("torch.tensor([-8., torch.nan]) ** 0", "tensor![-8.0_f32, f32::NAN].pow(0.)"),
    ("torch.tensor([-8., 8.]) ** 0.5 > 0", "tensor![-8.0_f32, 8.].pow(0.5).gt(0.)"),
    ("torch.full((2,), -torch.inf).logsumexp(0, True)", "Vector::<2>::full(-f32::INFINITY).logsumexp_dim1()"),
    ("torch.tensor([250], dtype=torch.uint8) + 10", "tensor![250_u8] + 10"),
    ("torch.tensor([200, 100], dtype=torch.uint8).sum()", "tensor![200_u8, 100].sum()"),
    ("-torch.tensor([-128], dtype=torch.int8)", "-tensor![-128_i8]"),
    ("torch.tensor([-128], dtype=torch.int8).abs()", "tensor![-128_i8].abs()"),
    ("torch.tensor([300]).to(torch.uint8)", "tensor![300_i64].cast::<u8>()"),
    ("torch.tensor([2**62, 2**62]).sum()", "tensor![1_i64 << 62, 1 << 62].sum()"),
    ("torch.tensor([-7, 7]) % 3", "tensor![-7_i64, 7].remainder(3)"),
    ("torch.fmod(torch.tensor([-7, 7]), 3)", "tensor![-7_i64, 7] % 3"),
    ("torch.tensor([5.]).var(correction=0)", "tensor![5.0_f32].var(0)"),
    ("torch.tensor([5.]).var()", "tensor![5.0_f32].var(1)"),
]
SECTIONS = {
    "Creation": CREATION,
    "Attributes and printing": ATTRIBUTES,
    "Arithmetic": ARITHMETIC,
    "Joining and cutting": JOINING,
    "Reductions": REDUCTIONS,
    "Linear algebra": ALGEBRA,
    "Edges": EDGES,
}


def number(value, dtype):
    if dtype is not None and dtype.is_floating_point and value != value:
        return "f32::NAN"
    if isinstance(value, float) and value in (torch.inf, -torch.inf):
        return "f32::INFINITY" if value > 0 else "-f32::INFINITY"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = str(numpy.float32(value))
        return text[:-1] if text.endswith(".0") else text
    return str(value)


def rust(value, kind):
    """The Rust expression of a result."""
    if isinstance(value, torch.Tensor):
        if value.dim() == 0:
            return number(value.item(), value.dtype)
        rows = value.tolist() if value.dim() == 2 else [value.tolist()]
        rows = ["[" + ", ".join(number(element, value.dtype) for element in row) + "]" for row in rows]
        return "tensor!" + (rows[0] if len(rows) == 1 else "[" + ", ".join(rows) + "]")
    if isinstance(value, torch.dtype):
        return '"' + str(value).removeprefix("torch.") + '"'
    if isinstance(value, str):
        return '"' + value.replace("\n", "\\n") + '"'
    if isinstance(value, (torch.Size, list)):
        return "[" + ", ".join(rust(element, kind) for element in value) + "]"
    if isinstance(value, tuple):
        text = ", ".join(rust(element, kind) for element in value)
        return f"[{text}]" if kind == "[]" else f"({text})"
    return "None" if value is None else number(value, None)


def test(pytorch, formwork, kind=""):
    """The test of a line."""
    names = {"torch": torch}
    exec(PRELUDE, names)
    torch.manual_seed(0)
    try:
        if "z" in kind or ";" in pytorch:
            *statements, last = (pytorch + "; z" if "z" in kind else pytorch).split("; ")
            exec("\n".join(statements), names)
            result = eval(last, names)
        else:
            result = eval(pytorch, names)
    except IndexError:
        result = None
    torch.set_printoptions(profile="default")
    expected = rust(result, kind)
    lines, found = [], formwork
    if "z" in kind:
        lines, found = ["let mut z = x.clone();", formwork + ";"], "z"
    if "NAN" in expected:
        # Equal bits, or both `NaN`, which no number equals.
        lines.append(f'assert_eq!(format!("{{:?}}", {found}), format!("{{:?}}", {expected}));')
    elif "~" in kind:
        if not expected.startswith("tensor!"):
            found, expected = f"tensor![{found}]", f"tensor![{expected}]"
        elif found.startswith("&"):
            found = f"({found})"
        lines.append(f"assert!({found}.allclose(&{expected}, 1e-6, 0.));")
    else:
        found = f"*{found}" if "*" in kind else found
        lines.append(f"assert_eq!({found}, {expected});")
    return lines


def cell(code):
    return "`" + code.replace("|", "\\|") + "`"


with open(PAGE, "w") as page:
    page.write(INTRO)
    for section, lines in SECTIONS.items():
        page.write(f"\n## {section}\n\n| PyTorch | Formwork |\n| --- | --- |\n")
        for line in lines:
            page.write(f"| {cell(line[0])} | {cell(line[1])} |\n")
        page.write("\n```\n" + START)
        for line in lines:
            page.write("\n".join(test(*line)) + "\n")
        page.write(END + "```\n")
