//! How things look: one glyph per state, one style per role, four palettes and an ASCII set.
//!
//! Emphasis is bold or reverse and rank is dim; a background is never set, so that every terminal's own colours stay
//! readable. It must not know what is drawn where.

mod ascii;
mod lines;

use ratatui::style::{Color, Modifier, Style};

pub use self::ascii::ascii_of;
pub use self::lines::Lines;

use crate::board::State;

/// The hues that go with a state, for both kinds of terminal and both depths of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hue {
    /// The ANSI colour on dark terminals.
    pub dark: Color,
    /// The ANSI colour on light terminals.
    pub light: Color,
    /// The 24-bit colour on dark terminals.
    pub rgb_dark: Color,
    /// The 24-bit colour on light terminals.
    pub rgb_light: Color,
}

/// How a state looks in bars, rows and legends.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Which state.
    pub state: State,
    /// Its glyph.
    pub glyph: &'static str,
    /// Its glyph where only ASCII may be written.
    pub ascii: &'static str,
    /// Its colours; `None` for the terminal's own.
    pub hue: Option<Hue>,
    /// What makes it stand out or step back, with or without colour.
    pub emphasis: Modifier,
}

const fn hue(dark: u8, light: u8, rgb_dark: u32, rgb_light: u32) -> Hue {
    Hue {
        dark: Color::Indexed(dark),
        light: Color::Indexed(light),
        rgb_dark: Color::from_u32(rgb_dark),
        rgb_light: Color::from_u32(rgb_light),
    }
}

const fn look(state: State, glyph: &'static str, ascii: &'static str, hue: Option<Hue>, emphasis: Modifier) -> Look {
    Look { state, glyph, ascii, hue, emphasis }
}

/// Every state's look, in the order in which bars and legends show them. The colours keep a distance ΔE ≥ 39 in normal,
/// deuteranopic, protanopic and tritanopic vision (Machado et al. 2009) and a contrast ≥ 4.5.
pub const LOOKS: [Look; 7] = [
    look(State::Compute, "█", "#", Some(hue(12, 4, 0x5A_85F8, 0x2D_668E)), Modifier::empty()),
    look(State::Gil, "╳", "x", Some(hue(9, 1, 0xFE_4C34, 0xC7_3B28)), Modifier::BOLD),
    look(State::Io, "░", "~", Some(hue(14, 6, 0x52_F3A1, 0x0C_171B)), Modifier::empty()),
    look(State::Ipc, "▚", "%", Some(hue(13, 5, 0xAC_76A7, 0x76_02C6)), Modifier::empty()),
    look(State::Idle, "·", ".", None, Modifier::DIM),
    look(State::Starting, ":", ":", None, Modifier::DIM),
    look(State::Dead, "X", "X", None, Modifier::REVERSED),
];

/// The mark of a worker whose process is stopped, as process lists write it; it stands in place of its state's.
pub const STOPPED: &str = "T";

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// Bright colours, for dark terminals.
    Dark,
    /// Plain colours, for light terminals.
    Light,
    /// As dark, but nothing is dim.
    HighContrast,
    /// No colours at all.
    Mono,
}

impl Palette {
    /// Every palette, in the order in which a key steps through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::Mono];

    /// The name that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high contrast",
            Self::Mono => "monochrome",
        }
    }

    /// The palette after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let place = Self::ALL.iter().position(|palette| *palette == self).unwrap_or(0);
        Self::ALL[(place + 1) % Self::ALL.len()]
    }
}

/// What a piece of text is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// The name of a value, an unfocused title, a rule.
    Label,
    /// A value, a key's letter, a warning, the lock's holder.
    Strong,
    /// A focused title, the row under the cursor, an error, a divergent row, the lock's band.
    Reverse,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Text, Self::Label, Self::Strong, Self::Reverse];
}

/// Everything that decides how a screen looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Which colours are used.
    pub palette: Palette,
    /// Whether the terminal shows 24-bit colours.
    pub true_color: bool,
    /// Whether only ASCII may be written.
    pub ascii: bool,
}

impl Theme {
    /// The glyph and style of a state.
    #[must_use]
    pub fn state(&self, state: State) -> (&'static str, Style) {
        let look = looks_of(state);
        let glyph = if self.ascii { look.ascii } else { look.glyph };
        let style = self.emphasized(look.emphasis);
        (glyph, look.hue.and_then(|hue| self.color(hue)).map_or(style, |color| style.fg(color)))
    }

    /// The style of a role.
    #[must_use]
    pub fn role(&self, role: Role) -> Style {
        self.emphasized(match role {
            Role::Text => Modifier::empty(),
            Role::Label => Modifier::DIM,
            Role::Strong => Modifier::BOLD,
            Role::Reverse => Modifier::REVERSED,
        })
    }

    /// The lines between panes.
    #[must_use]
    pub const fn lines(&self, contended: bool) -> &'static Lines {
        Lines::of(contended, self.ascii)
    }

    /// The cell at the tip of a bar that fills it by `part` (0…1); `None` where that is too little to show.
    #[must_use]
    pub fn tip(&self, part: f64) -> Option<&'static str> {
        const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        if self.ascii {
            return (part >= 0.5).then_some("#");
        }
        EIGHTHS.get(step(part, 8).checked_sub(1)?).copied()
    }

    /// One cell of a chart for a value of 0…1.
    #[must_use]
    pub fn spark(&self, value: f64) -> &'static str {
        const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        if self.ascii { DIGITS[step(value, 10).min(9)] } else { BLOCKS[step(value, 8).min(7)] }
    }

    /// The mark left of the row under the cursor.
    #[must_use]
    pub const fn cursor(&self) -> &'static str {
        if self.ascii { ">" } else { "▌" }
    }

    /// The mark above the middle of a picture of time.
    #[must_use]
    pub const fn mark(&self) -> &'static str {
        if self.ascii { "v" } else { "▼" }
    }

    fn emphasized(self, modifier: Modifier) -> Style {
        let contrast = self.palette == Palette::HighContrast;
        Style::new().add_modifier(if contrast { modifier - Modifier::DIM } else { modifier })
    }

    fn color(self, hue: Hue) -> Option<Color> {
        match (self.palette, self.true_color) {
            (Palette::Mono, _) => None,
            (Palette::Light, false) => Some(hue.light),
            (Palette::Light, true) => Some(hue.rgb_light),
            (_, false) => Some(hue.dark),
            (_, true) => Some(hue.rgb_dark),
        }
    }
}

fn looks_of(state: State) -> &'static Look {
    LOOKS.iter().find(|look| look.state == state).unwrap_or(&LOOKS[0])
}

/// `value` × `steps`, rounded down and kept within 0…`steps`; what is no number counts as 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kept in range before the cast")]
fn step(value: f64, steps: u8) -> usize {
    (value.clamp(0.0, 1.0) * f64::from(steps)) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn themes() -> impl Iterator<Item = Theme> {
        let depths = [false, true];
        Palette::ALL.into_iter().flat_map(move |palette| {
            depths.into_iter().flat_map(move |true_color| depths.map(move |ascii| Theme { palette, true_color, ascii }))
        })
    }

    #[test]
    fn every_state_has_a_glyph_of_its_own_in_both_sets() {
        for theme in themes() {
            let glyphs: BTreeSet<_> = State::ALL.iter().map(|state| theme.state(*state).0).chain([STOPPED]).collect();
            assert_eq!(glyphs.len(), State::ALL.len() + 1, "{theme:?}");
            assert!(!theme.ascii || glyphs.iter().all(|glyph| glyph.is_ascii()), "{glyphs:?}");
        }
    }

    #[test]
    fn nothing_sets_a_background_and_mono_has_no_hue() {
        for theme in themes() {
            let states = State::ALL.iter().map(|state| theme.state(*state).1);
            for style in states.chain(Role::ALL.map(|role| theme.role(role))) {
                assert_eq!(style.bg, None, "{theme:?}");
                assert!(theme.palette != Palette::Mono || style.fg.is_none(), "{theme:?}");
                assert!(theme.palette != Palette::HighContrast || !style.add_modifier.contains(Modifier::DIM));
            }
        }
    }

    #[test]
    fn colours_differ_between_states_wherever_there_are_any() {
        for theme in themes().filter(|theme| theme.palette != Palette::Mono) {
            let colors: Vec<_> = State::ALL.iter().filter_map(|state| theme.state(*state).1.fg).collect();
            let different: BTreeSet<_> = colors.iter().map(ToString::to_string).collect();
            assert_eq!((colors.len(), different.len()), (4, 4), "{theme:?}");
        }
    }

    #[test]
    fn tips_and_sparks_round_down_and_stay_in_range() {
        let theme = Theme { palette: Palette::Dark, true_color: false, ascii: false };
        for (part, expected) in [(0.1, None), (0.125, Some("▏")), (0.8, Some("▊")), (0.99, Some("▉"))] {
            assert_eq!(theme.tip(part), expected, "{part}");
        }
        for (value, expected) in [(-1.0, "▁"), (f64::NAN, "▁"), (0.5, "▅"), (1.0, "█"), (7.0, "█")] {
            assert_eq!(theme.spark(value), expected, "{value}");
        }
        let ascii = Theme { ascii: true, ..theme };
        assert_eq!((ascii.spark(0.99), ascii.tip(0.4), ascii.tip(0.5)), ("9", None, Some("#")));
    }

    #[test]
    fn a_key_steps_through_every_palette() {
        let mut seen: Vec<_> =
            std::iter::successors(Some(Palette::Dark), |palette| Some(palette.next())).take(5).collect();
        assert_eq!((seen.pop(), seen.as_slice()), (Some(Palette::Dark), &Palette::ALL[..]));
    }
}
