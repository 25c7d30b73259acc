//! A slot of the board, explored: a reading is of one moment or none.

#[path = "../../src/board/sequence.rs"]
mod sequence;

use std::rc::Rc;

use loom::sync::atomic::AtomicU64;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;

use self::sequence::Sequence;
use crate::explore;

/// What a slot's sequence stands on, as the checker knows it.
mod primitives {
    pub(super) use loom::sync::atomic::{AtomicU32, Ordering, fence};

    /// Lets the writer go on.
    pub(super) fn spin_loop() {
        loom::thread::yield_now();
    }
}

/// A slot of two fields that always change together.
struct Slot {
    sequence: Sequence,
    fields: [AtomicU64; 2],
}

impl Slot {
    fn new() -> Self {
        Self { sequence: Sequence(primitives::AtomicU32::new(0)), fields: [AtomicU64::new(0), AtomicU64::new(0)] }
    }

    fn publish(&self, number: u64) {
        self.sequence.write(|| self.fields.iter().for_each(|field| field.store(number, Relaxed)));
    }

    fn read(&self, tries: u32) -> Option<[u64; 2]> {
        self.sequence.read(tries, || [self.fields[0].load(Relaxed), self.fields[1].load(Relaxed)])
    }
}

#[test]
fn a_reader_sees_all_of_a_write_or_nothing_of_it() {
    explore(3, || {
        let slot = Rc::new(Slot::new());
        let writer = {
            let slot = Rc::clone(&slot);
            thread::spawn(move || (1..=2).for_each(|number| slot.publish(number)))
        };
        let mut newest = 0;
        for _ in 0..2 {
            if let Some([first, second]) = slot.read(1) {
                assert_eq!(first, second, "torn");
                assert!(first >= newest, "older than what was read before");
                newest = first;
            }
        }
        writer.join().expect("it ends");
        assert_eq!(slot.read(1), Some([2, 2]), "nobody writes any more");
    });
}

#[test]
fn a_slot_whose_writer_died_in_the_middle_is_written_again() {
    explore(2, || {
        let slot = Rc::new(Slot::new());
        slot.sequence.0.store(1, Relaxed);
        slot.fields[0].store(7, Relaxed);
        assert_eq!(slot.read(2), None);
        slot.publish(9);
        assert_eq!(slot.read(1), Some([9, 9]));
    });
}
