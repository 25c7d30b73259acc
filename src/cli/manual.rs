//! The manual page: one page for all commands, made from the same grammar as `--help`.

use std::io::{self, Write};

use clap_mangen::Man;

use super::grammar::{self, EXIT_STATUS, ROOT_EXAMPLES, RUN_EXAMPLES, SCALE_EXAMPLES, VALUES};

/// The manual page in roff, as `man` reads it.
///
/// # Panics
/// Never: writing into memory cannot fail.
#[must_use]
pub fn manual() -> Vec<u8> {
    let mut page = Vec::new();
    write_page(&mut page).expect("memory takes what is written");
    page
}

fn write_page(page: &mut Vec<u8>) -> io::Result<()> {
    let mut root = grammar::grammar(None);
    root.build();
    let whole = Man::new(root.clone()).manual("User Commands");
    whole.render_title(page)?;
    whole.render_name_section(page)?;
    whole.render_synopsis_section(page)?;
    whole.render_description_section(page)?;
    writeln!(page, ".SH COMMANDS")?;
    let commands: Vec<_> = root.get_subcommands().filter(|command| command.get_name() != "help").collect();
    for command in &commands {
        let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string);
        writeln!(page, ".TP\n.B partui {}\n{}", command.get_name(), escaped(&about.unwrap_or_default()))?;
    }
    // The flags of `run` are those of every command, and its own.
    if let Some(run) = commands.iter().find(|command| command.get_name() == "run") {
        Man::new((*run).clone()).render_options_section(page)?;
    }
    for (title, text) in [
        ("VALUES", VALUES),
        ("EXAMPLES", ROOT_EXAMPLES),
        ("MORE EXAMPLES", RUN_EXAMPLES),
        ("EXAMPLES OF SCALING", SCALE_EXAMPLES),
        ("EXIT STATUS", EXIT_STATUS),
    ] {
        // The first line is the heading that stands above the same text in `--help`.
        let lines = text.lines().skip(1).map(escaped).collect::<Vec<_>>().join("\n");
        writeln!(page, ".SH {title}\n.nf\n{lines}\n.fi")?;
    }
    whole.render_version_section(page)
}

/// `text` without what roff would take for its own.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::flags;

    #[test]
    fn the_page_explains_every_command_flag_and_variable() {
        let page = String::from_utf8(manual()).unwrap();
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "VALUES", "EXAMPLES", "EXIT STATUS", "VERSION"] {
            assert!(
                page.contains(&format!(".SH \"{section}\"\n")) || page.contains(&format!(".SH {section}\n")),
                "{section}"
            );
        }
        for flag in flags::all() {
            assert!(page.contains(&format!("\\-\\-{}", flag.name.replace('-', "\\-"))), "{}", flag.name);
            assert!(page.contains(&flag.variable()), "{}", flag.variable());
        }
        for command in ["run", "compare", "advise", "scale", "list", "doctor", "completions", "man"] {
            assert!(page.contains(&format!(".B partui {command}\n")), "{command}");
        }
    }

    #[test]
    fn the_name_stands_on_one_line_as_indexers_want_it() {
        let page = String::from_utf8(manual()).unwrap();
        let (_, name) = page.split_once(".SH NAME\n").unwrap();
        let mut lines = name.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("partui \\- ")), "{name}");
        assert!(lines.next().is_some_and(|line| line.starts_with('.')), "{name}");
    }

    #[test]
    fn nothing_in_a_text_is_taken_for_a_request() {
        assert_eq!(escaped(r".x -n \d"), r"\&.x \-n \ed");
        assert_eq!(escaped("'quoted'"), r"\&'quoted'");
    }
}
