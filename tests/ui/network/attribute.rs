formwork::network! {
    #[network(heap)]
    pub struct Net < Linear<2, 8> >
}

fn main() {}
