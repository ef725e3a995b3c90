use formwork::Vector;

fn main() {
    _ = Vector::<3>::zeros().dot(&Vector::<4>::zeros());
}
