formwork::network! {
    pub struct Net < >
}

fn main() {}
