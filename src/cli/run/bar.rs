//! The progress bar on standard error, and the lines that go there between its drawings.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::Progress;

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// A bar where standard error is a terminal, and nothing elsewhere.
pub(in crate::cli) struct Bar(ProgressBar);

impl Bar {
    /// A bar that is drawn with the first progress; never where `is_hidden`.
    pub(in crate::cli) fn new(is_hidden: bool, ascii: bool) -> Self {
        let target = if is_hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{percent:>3} %  {bar:20}  {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        bar.set_style(style.progress_chars(if ascii { "##." } else { "██░" }));
        Self(bar)
    }

    /// Draws it, at most as often as a terminal can show.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of 1, clamped")]
    pub(in crate::cli) fn show(&self, progress: &Progress) {
        let left = progress.left.map_or_else(String::new, |left| format!("{left} left   "));
        self.0.set_message(left + &progress.doing);
        self.0.set_position((progress.done.clamp(0.0, 1.0) * 1_000.0) as u64);
    }

    /// Says a line on standard error, above the bar. A standard error that is gone hears nothing.
    pub(in crate::cli) fn say(&self, line: &str) {
        self.0.suspend(|| {
            let _ = writeln!(io::stderr(), "{line}");
        });
    }

    /// Takes the bar away.
    pub(in crate::cli) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
