// An activation that keeps its input says its size: another than it is given, none, or no layer before it.

formwork::network! {
    pub struct Wide < Linear<2, 16>, SiLU<8>, Linear<16, 1> >
}

formwork::network! {
    pub struct Bare < Linear<2, 16>, GELU, Linear<16, 1> >
}

formwork::network! {
    pub struct First < SiLU<4>, Linear<4, 1> >
}

fn main() {}
