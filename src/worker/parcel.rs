//! What travels in great numbers, tasks one way and results the other, in a layout of fixed widths: numbers are
//! little-endian, and what is rare is in postcard's encoding.
//!
//! ```text
//! tasks    first: u64, then for each its parts (1 computes, 2 waits): u8, its arguments: 3 × u64, its I/O: postcard
//! results  stretches: u32, sums: u32, for each stretch its first: u64 and count: u32, for each output its number: u64
//!          and length: u32, for each sum: u32, the outputs' bytes, what was lost: postcard
//! ```

use super::frame::FrameError;
use crate::task::Results;
use crate::workload::{Output, Task, TaskFailure};

/// The length of a task that only computes.
const COMPUTING: usize = 25;

/// The least length of an output.
const OUTPUT: usize = 12;

/// Consecutive tasks, as they arrive.
#[derive(Debug)]
pub(super) struct Tasks {
    pub(super) first: u64,
    pub(super) tasks: Vec<Task>,
}

/// Appends consecutive tasks.
pub(super) fn write_tasks(buffer: &mut Vec<u8>, first: u64, tasks: &[Task]) -> Result<(), FrameError> {
    buffer.extend_from_slice(&first.to_le_bytes());
    for task in tasks {
        let parts = u8::from(task.cpu.is_some()) | u8::from(task.io.is_some()) << 1;
        let mut fixed = [parts; COMPUTING];
        let arguments = task.cpu.iter().flatten();
        for (bytes, argument) in fixed[1..].chunks_exact_mut(8).zip(arguments) {
            bytes.copy_from_slice(&argument.to_le_bytes());
        }
        buffer.extend_from_slice(if task.cpu.is_some() { &fixed } else { &fixed[..1] });
        if let Some(io) = &task.io {
            postcard::to_io(io, &mut *buffer).map_err(nonsense)?;
        }
    }
    Ok(())
}

/// Reads what [`write_tasks`] wrote.
pub(super) fn read_tasks(payload: &[u8]) -> Result<Tasks, FrameError> {
    let mut rest = Reader(payload);
    let first = rest.long()?;
    let mut tasks = Vec::with_capacity(rest.0.len() / COMPUTING + 1);
    while !rest.0.is_empty() {
        let [parts] = rest.take()?;
        if parts > 3 {
            return Err(FrameError::Content(format!("a task of {parts} parts")));
        }
        let cpu = if parts & 1 == 1 { Some([rest.long()?, rest.long()?, rest.long()?]) } else { None };
        let io = if parts & 2 == 2 { Some(Box::new(rest.postcard()?)) } else { None };
        tasks.push(Task { io, cpu });
    }
    Ok(Tasks { first, tasks })
}

/// Appends what became of tasks.
pub(super) fn write_results(buffer: &mut Vec<u8>, results: &Results) -> Result<(), FrameError> {
    let Results { outputs, sums, lost, .. } = results;
    buffer.extend_from_slice(&short(results.stretches().len())?);
    buffer.extend_from_slice(&short(sums.len())?);
    for stretch in results.stretches() {
        buffer.extend_from_slice(&stretch.first.to_le_bytes());
        buffer.extend_from_slice(&short(stretch.count)?);
    }
    for output in outputs {
        let mut fixed = [0; OUTPUT];
        fixed[..8].copy_from_slice(&output.number.to_le_bytes());
        fixed[8..].copy_from_slice(&short(output.bytes.len())?);
        buffer.extend_from_slice(&fixed);
    }
    buffer.extend(sums.iter().flat_map(|sum| sum.to_le_bytes()));
    for output in outputs.iter().filter(|output| !output.bytes.is_empty()) {
        buffer.extend_from_slice(&output.bytes);
    }
    postcard::to_io(lost, &mut *buffer).map_err(nonsense).map(|_| ())
}

/// Reads what [`write_results`] wrote.
pub(super) fn read_results(payload: &[u8]) -> Result<Results, FrameError> {
    let mut rest = Reader(payload);
    let (stretches, sums) = (rest.short()?, rest.short()?);
    let mut spans = Reader(rest.slice(stretches, OUTPUT)?);
    let mut heads = spans;
    let mut total = 0_usize;
    for _ in 0..stretches {
        let (_, count) = (heads.long()?, heads.short()?);
        total = total.saturating_add(count);
    }
    let mut heads = Reader(rest.slice(total, OUTPUT)?);
    let mut checks = Reader(rest.slice(sums, 4)?);
    let mut results = Results::default();
    results.outputs.reserve_exact(total);
    for _ in 0..stretches {
        let (first, count) = (spans.long()?, spans.short()?);
        results.start_at(first);
        for _ in 0..count {
            let (number, length) = (heads.long()?, heads.short()?);
            results.outputs.push(Output { number, bytes: rest.slice(length, 1)?.into() });
        }
    }
    for _ in 0..sums {
        results.sums.push(u32::from_le_bytes(checks.take()?));
    }
    results.lost = rest.postcard()?;
    if !rest.0.is_empty() || !is_sound(&results) {
        return Err(FrameError::Content("results that do not fit together".to_owned()));
    }
    Ok(results)
}

/// Whether what was lost was there, and each output has a checksum or none has.
fn is_sound(results: &Results) -> bool {
    let Results { outputs, sums, lost, .. } = results;
    let is_there = |number: u64| {
        results.stretches().any(|it| number.checked_sub(it.first).is_some_and(|place| place < it.count as u64))
    };
    lost.iter().all(|(number, _): &(u64, TaskFailure)| is_there(*number))
        && (sums.is_empty() || sums.len() == outputs.len())
}

fn short(number: usize) -> Result<[u8; 4], FrameError> {
    u32::try_from(number).map(u32::to_le_bytes).map_err(|_| FrameError::TooLong(number))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn nonsense(error: postcard::Error) -> FrameError {
    FrameError::Content(error.to_string())
}

/// What is left of a payload.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(too_short)?;
        self.0 = rest;
        Ok(*bytes)
    }

    #[inline]
    fn long(&mut self) -> Result<u64, FrameError> {
        self.take().map(u64::from_le_bytes)
    }

    #[inline]
    fn short(&mut self) -> Result<usize, FrameError> {
        self.take().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    /// The bytes of `count` things of `each` bytes.
    #[inline]
    fn slice(&mut self, count: usize, each: usize) -> Result<&'a [u8], FrameError> {
        let (bytes, rest) = self.0.split_at_checked(count.saturating_mul(each)).ok_or_else(too_short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn postcard<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, FrameError> {
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(nonsense)?;
        self.0 = rest;
        Ok(value)
    }
}

fn too_short() -> FrameError {
    FrameError::Content("too short".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;
    use crate::units::Nanos;
    use crate::workload::Io;

    #[test]
    fn tasks_arrive_as_they_were_sent() {
        let wait = || Some(Box::new(Io::Sleep(Nanos(5))));
        let read = Some(Box::new(Io::ReadBlocks { path: "/a".into() }));
        let sent = vec![
            Task { io: None, cpu: Some([1, u64::MAX, 3]) },
            Task { io: wait(), cpu: None },
            Task { io: wait(), cpu: Some([4, 5, 6]) },
            Task { io: read, cpu: None },
            Task { io: None, cpu: None },
        ];
        let mut bytes = Vec::new();
        write_tasks(&mut bytes, 9, &sent).unwrap();
        let Tasks { first, tasks } = read_tasks(&bytes).unwrap();
        assert_eq!((first, tasks), (9, sent));
    }

    fn written(results: &Results) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_results(&mut bytes, results).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn results_arrive_as_they_were_sent(
            stretches in prop::collection::vec((any::<u32>(), 0_u64..5), 0..9),
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            with_sums in any::<bool>(),
        ) {
            let mut results = Results::default();
            for (first, count) in stretches {
                results.start_at(first.into());
                for number in 0..count {
                    let failed = || TaskFailure("no".to_owned());
                    let output = Output { number, bytes: bytes.as_slice().into() };
                    results.add(if number == 3 { Err(failed()) } else { Ok(output) });
                    results.sums.extend(with_sums.then_some(7));
                }
            }
            let read = read_results(&written(&results)).unwrap();
            assert_eq!(read.outputs, results.outputs);
            assert_eq!((&read.sums, &read.lost), (&results.sums, &results.lost));
            assert_eq!(read.stretches().collect::<Vec<_>>(), results.stretches().collect::<Vec<_>>());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_tasks(&bytes);
            let _ = read_results(&bytes);
        }
    }

    #[test]
    fn results_that_contradict_themselves_are_refused() {
        let sound = || {
            let mut results = Results::default();
            results.start_at(5);
            results.add(Ok(1.into()));
            results.add(Ok(2.into()));
            results
        };
        let check = |change: fn(&mut Results)| {
            let mut results = sound();
            change(&mut results);
            assert!(matches!(read_results(&written(&results)), Err(FrameError::Content(_))));
        };
        assert!(read_results(&written(&sound())).is_ok());
        check(|results| results.lost.push((7, TaskFailure("of another's task".to_owned()))));
        check(|results| results.sums.push(1));
    }
}
