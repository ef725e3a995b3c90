const NONE: usize = 0;

formwork::network! {
    pub struct Net < Linear<2, 0>, ReLU, Linear<8, 3> >
}
formwork::network! {
    pub struct Named < Linear<2, NONE>, ReLU, Linear<NONE, 3> >
}

fn main() {}
