formwork::network! {
    pub struct Net < Linear<2, 8>, #[cfg(test)] ReLU, Linear<8, 3> >
}

fn main() {}
