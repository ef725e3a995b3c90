const HIDDEN: usize = 256;

formwork::network! {
    pub struct Net < Flatten, Linear<784, HIDDEN>, ReLU, out: Linear<128, 10> >
}

fn main() {}
