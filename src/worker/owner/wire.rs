//! What workers and the owner of a table say to each other, in numbers of eight bytes, little-endian.
//!
//! ```text
//! worker  task, count, then count times an entry and what to add to it; a count of 0 says that the task is done
//! owner   count times what an entry has now; nothing where a task is done
//! ```

use crate::workload::Update;

/// The most changes at a time.
const MOST: u64 = 1 << 16;

/// The bytes of a request before its changes.
const HEAD: usize = 16;

/// One thing that a worker says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) task: u64,
    pub(super) updates: Vec<Update>,
}

/// Puts a request into `buffer`, in place of what is there.
pub(super) fn write_request(buffer: &mut Vec<u8>, task: u64, updates: &[Update]) {
    buffer.clear();
    let head = [task, updates.len() as u64];
    let numbers = head.into_iter().chain(updates.iter().flat_map(|update| [update.key, update.value]));
    buffer.extend(numbers.flat_map(u64::to_le_bytes));
}

/// Puts the values of `updates` into `buffer`, in place of what is there.
pub(super) fn write_values(buffer: &mut Vec<u8>, updates: &[Update]) {
    buffer.clear();
    buffer.extend(updates.iter().flat_map(|update| update.value.to_le_bytes()));
}

/// Gives `updates` the values of a reply, which has eight bytes for each.
pub(super) fn read_values(reply: &[u8], updates: &mut [Update]) {
    for (update, value) in updates.iter_mut().zip(reply.as_chunks().0) {
        update.value = u64::from_le_bytes(*value);
    }
}

/// The first whole request and its length in bytes; `None` until more bytes have come.
///
/// # Errors
/// With the number of changes, when there are too many of them.
pub(super) fn read_request(heard: &[u8]) -> Result<Option<(Request, usize)>, u64> {
    let (numbers, _) = heard.as_chunks::<8>();
    let mut numbers = numbers.iter().map(|bytes| u64::from_le_bytes(*bytes));
    let Some((task, count)) = numbers.next().zip(numbers.next()) else { return Ok(None) };
    if count > MOST {
        return Err(count);
    }
    let updates: Vec<Update> = std::iter::from_fn(|| Some(Update { key: numbers.next()?, value: numbers.next()? }))
        .take(usize::try_from(count).unwrap_or_default())
        .collect();
    let length = HEAD + updates.len() * HEAD;
    Ok((updates.len() as u64 == count).then_some((Request { task, updates }, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_written_once_they_are_whole() {
        let updates = [Update { key: 7, value: u64::MAX }, Update { key: 0, value: 3 }];
        for updates in [&updates[..], &[]] {
            let mut bytes = Vec::new();
            write_request(&mut bytes, 9, updates);
            for end in 0..bytes.len() {
                assert_eq!(read_request(&bytes[..end]), Ok(None), "{end} bytes");
            }
            let expected = Request { task: 9, updates: updates.to_vec() };
            let length = bytes.len();
            bytes.extend([1, 2, 3]);
            assert_eq!(read_request(&bytes), Ok(Some((expected, length))));
        }
        let mut reply = Vec::new();
        write_values(&mut reply, &updates);
        let mut asked = [Update { key: 1, value: 1 }, Update { key: 2, value: 2 }];
        read_values(&reply, &mut asked);
        assert_eq!(asked.map(|update| (update.key, update.value)), [(1, u64::MAX), (2, 3)]);
    }

    #[test]
    fn nonsense_is_told_before_anything_is_kept_for_it() {
        let bytes = [0, MOST + 1].map(u64::to_le_bytes).concat();
        assert_eq!(read_request(&bytes), Err(MOST + 1));
    }
}
