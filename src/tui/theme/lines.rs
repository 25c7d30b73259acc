//! The lines between panes and around windows: thin, or doubled while the lock is contended.

/// The lines of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// Left to right.
    pub horizontal: &'static str,
    /// Top to bottom.
    pub vertical: &'static str,
    /// Top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Where a line leaves to the right, to the left, downwards, upwards.
    pub tees: [&'static str; 4],
}

const CALM: Lines = Lines {
    horizontal: "─", vertical: "│", corners: ["┌", "┐", "└", "┘"], tees: ["├", "┤", "┬", "┴"]
};
const CONTENDED: Lines =
    Lines {
        horizontal: "═", vertical: "║", corners: ["╔", "╗", "╚", "╝"], tees: ["╠", "╣", "╦", "╩"]
    };
const CALM_ASCII: Lines = Lines { horizontal: "-", vertical: "|", corners: ["+"; 4], tees: ["+"; 4] };
const CONTENDED_ASCII: Lines = Lines { horizontal: "=", vertical: "H", corners: ["+"; 4], tees: ["+"; 4] };

impl Lines {
    /// Those for a lock that is contended or not, in Unicode or in ASCII alone.
    pub(super) const fn of(contended: bool, ascii: bool) -> &'static Self {
        match (contended, ascii) {
            (false, false) => &CALM,
            (true, false) => &CONTENDED,
            (false, true) => &CALM_ASCII,
            (true, true) => &CONTENDED_ASCII,
        }
    }
}
