formwork::network! {
    pub struct Net < Linear<784, 256>, Relu, Linear<256, 0>, Linear<64, 32>, Linear<16, 10> >
}

fn main() {}
