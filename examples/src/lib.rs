//! What the example programs share: how they end, what they draw, and how they show progress.
//!
//! Pictures are SVG files, so that no font needs to be installed; grey pictures and decision regions inside them are
//! embedded bitmaps.

pub mod cli;
pub mod fashion;
pub mod plane;
pub mod plot;
pub mod progress;
pub mod space;
pub mod tiles;
