formwork::network! {
    pub struct Net < Flatten, ReLU >
}

fn main() {}
