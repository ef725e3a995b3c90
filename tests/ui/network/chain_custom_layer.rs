use formwork::Vector;
use formwork::layer::{Layer, ParameterInfo, Parameters};

pub struct Half;

impl Parameters for Half {
    const COUNT: usize = 0;
    const SLICES: usize = 0;
    fn zeros() -> Self {
        Self
    }
    fn slice(&self, _: usize) -> Option<&[f32]> {
        None
    }
    fn slice_mut(&mut self, _: usize) -> Option<&mut [f32]> {
        None
    }
    fn info(_: usize) -> Option<ParameterInfo> {
        None
    }
}

impl Layer for Half {
    type Input = Vector<8>;
    type Output = Vector<4>;
    const MACS: usize = 0;
    fn forward(&self, _: &Vector<8>, _: &mut Vector<4>) {}
    fn backward(&self, _: &Vector<8>, _: &Vector<4>, _: &Vector<4>, _: &mut Vector<8>, _: &mut Self) {}
}

formwork::network! {
    pub struct Net < Linear<2, 9>, Half, Linear<4, 1> >
}

fn main() {}
