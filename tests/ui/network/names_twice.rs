formwork::network! {
    pub struct Net < hidden: Linear<2, 8>, ReLU, hidden: Linear<8, 3> >
}

fn main() {}
