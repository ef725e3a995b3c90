formwork::network! {
    pub struct Net<const H: usize, const G: usize> < Linear<2, H>, ReLU, Linear<G, 3> >
}

fn main() {}
