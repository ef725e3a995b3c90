pub struct Plain;

formwork::network! {
    pub struct Net < Linear<2, 8>, Plain >
}

fn main() {}
