formwork::network! {
    pub struct Net < Flatten, Linear<784, 256>, ReLU, Linear<128, 10> >
}

fn main() {}
