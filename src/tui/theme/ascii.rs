//! Stand-ins for terminals that show nothing beyond ASCII.

/// What stands for a character where only ASCII may be written.
#[must_use]
pub fn ascii_of(character: char) -> char {
    match character {
        ' '..='~' => character,
        '×' | '╳' => 'x',
        '±' | '└' | '┴' => '+',
        '–' | '─' => '-',
        '·' | '…' => '.',
        '‹' | '←' => '<',
        '›' | '→' | '►' => '>',
        '↑' => '^',
        '↓' | '▼' => 'v',
        '≠' => '!',
        'Σ' => 'S',
        'σ' => 's',
        'κ' => 'k',
        '²' => '2',
        '∘' => 'o',
        '│' | '┤' => '|',
        'µ' => 'u',
        _ => '?',
    }
}
