formwork::network! {
    pub struct Net < Linear<2, 3>, ReLU, Linear<4, 1> >
}

static NET: Net = Net::from_bytes(&[0; 52]);

fn main() {
    println!("{}", NET.linear1.bias.as_slice().len());
}
