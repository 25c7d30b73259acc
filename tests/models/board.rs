//! A slot of the board and its ring, explored: a reading is of one moment or none.

#[path = "../../src/board/ring.rs"]
mod ring;
#[path = "../../src/board/sequence.rs"]
mod sequence;

use std::rc::Rc;

use loom::sync::atomic::AtomicU64;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;

use self::ring::Written;
use self::sequence::Sequence;
use crate::explore;

/// What a slot's sequence and a ring's count stand on, as the checker knows it.
mod primitives {
    pub(super) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

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

/// A ring of two cells, each of two fields that always change together.
struct Ring {
    written: Written,
    cells: [[AtomicU64; 2]; 2],
}

impl Ring {
    fn new() -> Self {
        let cell = || [AtomicU64::new(0), AtomicU64::new(0)];
        Self { written: Written(AtomicU64::new(0)), cells: [cell(), cell()] }
    }

    /// Fills the cell of this number with the number after it.
    fn push(&self, number: u64) {
        let cell = &self.cells[usize::from(number % 2 == 1)];
        self.written.push(number, || cell.iter().for_each(|field| field.store(number + 1, Relaxed)));
    }

    /// What the cells after the first `seen` ones hold, and how many were written.
    fn read(&self, seen: u64) -> (Vec<[u64; 2]>, u64, u64) {
        let found = self.written.read(seen, 2, |number| {
            let [first, second] = &self.cells[usize::from(number % 2 == 1)];
            [first.load(Relaxed), second.load(Relaxed)]
        });
        (found.cells, found.written, found.missed)
    }
}

#[test]
fn a_reader_believes_whole_spans_only_and_counts_the_others() {
    explore(3, || {
        let ring = Rc::new(Ring::new());
        ring.push(0);
        let writer = {
            let ring = Rc::clone(&ring);
            thread::spawn(move || (1..=3).for_each(|number| ring.push(number)))
        };
        let (cells, written, missed) = ring.read(0);
        assert_eq!(cells.len() as u64 + missed, written, "every span is told or missed");
        for (number, cell) in (missed..).zip(&cells) {
            assert_eq!(*cell, [number + 1; 2], "torn, or another one's");
        }
        writer.join().expect("it ends");
        let (rest, now, missed) = ring.read(written);
        assert_eq!((now, rest.len() as u64 + missed), (4, 4 - written));
        assert!(rest.iter().all(|cell| *cell == [4; 2]), "nobody writes any more");
    });
}
