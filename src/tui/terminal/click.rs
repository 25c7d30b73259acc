//! What xterm and its kin report for buttons and wheel, in the SGR encoding: pure.

use crossterm::event::{MouseButton, MouseEventKind};

/// A click, from its three numbers and the letter that ends it: the keys that were held, as the sum of 1 for Shift, 2 for
/// Alt and 4 for Control; what was done; column and row, from 0. `None` for what is no click.
#[must_use]
pub(crate) fn click(numbers: &[u16], last: u8) -> Option<(u16, MouseEventKind, u16, u16)> {
    let [bits, column, row] = *numbers else { return None };
    let is_down = match last {
        b'M' => true,
        b'm' => false,
        _ => return None,
    };
    let buttons = [MouseButton::Left, MouseButton::Middle, MouseButton::Right];
    let kind = match (bits & 0b1110_0011, is_down) {
        (number @ 0..3, true) => MouseEventKind::Down(buttons[usize::from(number)]),
        (number @ 0..3, false) => MouseEventKind::Up(buttons[usize::from(number)]),
        (number @ 32..35, _) => MouseEventKind::Drag(buttons[usize::from(number - 32)]),
        (64, true) => MouseEventKind::ScrollUp,
        (65, true) => MouseEventKind::ScrollDown,
        _ => return None,
    };
    Some((bits >> 2 & 0b111, kind, column.checked_sub(1)?, row.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_wheel_and_held_keys_are_known() {
        let cases = [
            ([0, 10, 5], b'M', Some((0, MouseEventKind::Down(MouseButton::Left), 9, 4))),
            ([2, 10, 5], b'm', Some((0, MouseEventKind::Up(MouseButton::Right), 9, 4))),
            ([32, 10, 5], b'M', Some((0, MouseEventKind::Drag(MouseButton::Left), 9, 4))),
            ([4 + 16, 1, 1], b'M', Some((5, MouseEventKind::Down(MouseButton::Left), 0, 0))),
            ([64, 10, 5], b'M', Some((0, MouseEventKind::ScrollUp, 9, 4))),
            ([65 + 8, 10, 5], b'M', Some((2, MouseEventKind::ScrollDown, 9, 4))),
            ([0, 0, 5], b'M', None),
            ([0, 10, 5], b'x', None),
            ([35, 10, 5], b'M', None),
            ([3, 10, 5], b'M', None),
        ];
        for (numbers, last, expected) in cases {
            assert_eq!(click(&numbers, last), expected, "{numbers:?}");
        }
        assert_eq!(click(&[0, 1], b'M'), None);
    }
}
