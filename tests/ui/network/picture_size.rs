use formwork::Tensor;

formwork::network! {
    pub struct Net < Flatten, Linear<784, 10> >
}

fn main() {
    Net::zeros().predict(&Tensor::<28, 27>::zeros());
}
