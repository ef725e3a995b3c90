formwork::network! {
    pub struct Net < Linear<2>, ReLU<8>, Linear<8, 3, 4>, Linear >
}

fn main() {}
