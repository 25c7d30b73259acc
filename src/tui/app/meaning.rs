//! What the field under the cursor decides, in one line for those who see its name for the first time.

use super::fields::Field;
use super::next::NextRun;
use crate::fault::Fault;

impl NextRun {
    /// What a field decides, and where it is a choice, what was chosen means.
    #[must_use]
    pub fn meaning(&self, field: Field) -> String {
        let chosen = |name: &str, summary: &str| format!("{name}: {summary}");
        match field {
            Field::Workload => self.about().map_or_else(String::new, |about| chosen(about.id, about.summary)),
            Field::Parameter(place) => self.parameter(place).map_or_else(String::new, |parameter| {
                let unit = Some(parameter.unit).filter(|unit| !unit.is_empty() && *unit != parameter.name);
                let unit = unit.map_or_else(String::new, |unit| format!(" ({unit})"));
                format!("{}{unit}: {}", parameter.name, parameter.help)
            }),
            Field::Input => {
                let takes = self.about().and_then(|about| about.input).unwrap_or("nothing");
                format!("what it works on: {takes}; Enter to type it")
            }
            Field::Payload => "bytes that travel to each task and back: what passing data between workers costs".into(),
            Field::Backend => chosen(self.wish().backend.id(), self.wish().backend.facts().summary),
            Field::Workers => self.workers_meaning(),
            Field::Gil => {
                "as in Python: only who holds a lock computes; others ask for it after this time (Enter to type)".into()
            }
            Field::GilModel => self.gil_model().map_or_else(
                || "how computing treats the lock: this work does not compute".into(),
                |model| chosen(model.id(), model.summary()),
            ),
            Field::Transport => self.transport().map_or_else(
                || "how tasks get to workers: there is only one, which does them itself".into(),
                |transport| chosen(transport.id(), transport.summary()),
            ),
            Field::Chunk => "tasks that a worker takes at a time: fewer share out evenly, more cost less (auto: 200 µs)".into(),
            Field::Fault => self.wish().fault.map_or_else(
                || "what goes wrong on purpose".into(),
                |Fault { kind, .. }| format!("goes wrong on purpose: {}; F for the next, none in the end", kind.summary()),
            ),
            Field::Runs => "samples: how often it is measured; more of them tell smaller differences apart".into(),
            Field::Warmup => "samples taken first and thrown away: caches fill and clocks rise in them".into(),
            Field::Order => {
                "interleaved: each way has a sample in turn, so that a slow moment hits all; sequential: one way after the other"
                    .into()
            }
            Field::Start => "r measures this. ↑↓ choose a field, ←→ change it, Enter types a value".into(),
        }
    }

    fn workers_meaning(&self) -> String {
        let usable = self.usable();
        let backend = self.wish().backend;
        if backend.facts().scales {
            format!("threads or processes at work side by side; {usable} cores may be used here")
        } else {
            format!("{} has one worker; the other backends have as many as you like", backend.id())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{BackendId, RunSettings, Wish};
    use crate::workload::WORKLOADS;

    #[test]
    fn every_field_of_every_workload_says_in_one_line_what_it_decides() {
        for workload in WORKLOADS.iter() {
            for backend in BackendId::ALL {
                let next = NextRun::new(Wish::of(*workload, backend, 2), RunSettings::default(), Vec::new(), 2);
                for field in next.fields() {
                    let said = next.meaning(field);
                    assert!((20..=200).contains(&said.chars().count()), "{}: {said}", next.name(field));
                    assert!(!said.contains('\n'));
                }
            }
        }
    }

    #[test]
    fn a_choice_says_what_was_chosen() {
        let wish = Wish::of(WORKLOADS[0], BackendId::Processes, 2);
        let next = NextRun::new(wish, RunSettings::default(), Vec::new(), 2);
        assert!(next.meaning(Field::Workload).starts_with("primes: counts primes"));
        assert!(next.meaning(Field::Backend).starts_with("processes: worker processes"));
        assert!(next.meaning(Field::Transport).starts_with("pipe: "));
        assert!(next.meaning(Field::GilModel).starts_with("bytecode: "));
        assert!(next.meaning(Field::Workers).contains("2 cores"));
    }
}
