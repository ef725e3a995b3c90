//! The networks. The build script reads this file too: host and device share every line of it.

formwork::network! {
    /// sin x, the first model of every microcontroller library.
    #[derive(Clone)]
    pub struct Sine < Linear<1, 16>, ReLU, Linear<16, 16>, ReLU, Linear<16, 1> >
}

formwork::network! {
    /// The anomaly detector of MLPerf Tiny: an autoencoder of sound spectra.
    #[derive(Clone)]
    pub struct Ad <
        Linear<640, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 8>, ReLU,
        Linear<8, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 128>, ReLU,
        Linear<128, 640>
    >
}

formwork::network! {
    /// One dense layer of the size that libraries are compared by.
    #[derive(Clone)]
    pub struct Dense < Linear<640, 128> >
}

formwork::network! {
    /// Tells ten kinds of clothes apart.
    #[derive(Clone)]
    pub struct Fashion < Flatten, Linear<784, 32>, ReLU, Linear<32, 10> >
}

formwork::network! {
    /// Tells three arms of a spiral apart; trained on the device.
    #[derive(Clone)]
    pub struct Spiral < Linear<2, 100>, ReLU, Linear<100, 3> >
}

formwork::network! {
    /// Every activation there is.
    #[derive(Clone)]
    pub struct Curves < Linear<2, 16>, Tanh, Linear<16, 16>, Sigmoid, Linear<16, 3> >
}
