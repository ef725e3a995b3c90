//! What is asked of a picture: its size, that something is drawn, and that it is not of one colour.

use base64::Engine;
use std::collections::HashSet;
use std::path::Path;

/// That an SVG has a size, something drawn, its text, and several colours besides black and white.
pub fn assert_picture(path: &Path, width: u32, height: u32) {
    let svg = std::fs::read_to_string(path).unwrap();
    assert!(svg.contains(&format!("width=\"{width}\" height=\"{height}\"")), "{}: {}", path.display(), &svg[..120]);
    let drawn = svg.contains("<image") || svg.contains("<polyline") || svg.contains("<circle");
    assert!(drawn && svg.matches("<text").count() > 1, "{} is empty", path.display());
    let colours: HashSet<&str> = svg.match_indices('#').filter_map(|(place, _)| svg.get(place..place + 7)).collect();
    let plain = |colour: &&str| matches!(*colour, "#000000" | "#FFFFFF");
    let images = images_of_several_colours(&svg);
    assert!(images || colours.iter().filter(|colour| !plain(colour)).count() > 1, "{}: {colours:?}", path.display());
}

/// Whether pictures are embedded, each of more than one colour.
fn images_of_several_colours(svg: &str) -> bool {
    let encoded = svg.split("base64,").skip(1).filter_map(|rest| rest.split('"').next());
    let mut several = Vec::new();
    for encoded in encoded {
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        let pixels: HashSet<&[u8]> = pixels.chunks(info.color_type.samples()).collect();
        several.push(pixels.len() > 1);
    }
    !several.is_empty() && several.iter().all(|several| *several)
}
