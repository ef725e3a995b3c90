use formwork::prelude::*;

formwork::network! {
    pub struct Net < Linear<2, 3> >
}
formwork::network! {
    pub struct Other < Linear<2, 3> >
}

fn main() {
    let inputs = [const { Vector::<2>::zeros() }; 8];
    let mut tape = OtherTape::<8>::new();
    Net::zeros().forward(Batch::from(&inputs), &mut tape);
}
