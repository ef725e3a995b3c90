//! The progress bar; it shows itself on a terminal alone.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `steps` steps.
pub fn bar(steps: u64, label: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {bar:40.cyan/blue} {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style).with_prefix(label.to_owned())
}
