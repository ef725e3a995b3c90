formwork::network! {
    pub struct Net < Linaer<2, 8>, Relu, Dense<8, 3> >
}

fn main() {}
