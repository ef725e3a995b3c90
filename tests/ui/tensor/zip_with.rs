use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros().zip_with(&Tensor::<3, 2>::zeros(), |x: f32, y: f32| x + y);
}
