formwork::network! {
    pub struct Net < Linear<2.5, -3>, Linear<"two", 2 * 4>, Linear<9999999999, 9999999999> >
}

fn main() {}
