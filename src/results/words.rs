//! The words of the screen, the table and the flags, for those who meet them here first.

use serde::Serialize;

/// A word, and what it means here.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Word {
    /// As it is written.
    pub word: &'static str,
    /// In half a line.
    pub meaning: &'static str,
}

const fn word(word: &'static str, meaning: &'static str) -> Word {
    Word { word, meaning }
}

/// All of them: work and workers, the lock, handing over, figures.
pub const WORDS: &[Word] = &[
    word("task", "the smallest piece of the work; workers take them in turn"),
    word("thread", "a line of execution; a program's threads share its memory"),
    word("process", "a running program with memory of its own"),
    word("worker", "a thread or a process that does tasks"),
    word("backend", "what does the tasks: threads, processes, …"),
    word("sequential", "a backend: one worker does one task after the other"),
    word("rayon", "a backend: threads that take work from each other"),
    word("async", "a backend: few threads, many tasks that wait at a time"),
    word("core", "a part of the processor that does one thing at a time"),
    word("usable", "cores that partui may use here; a limit can hide others"),
    word("pool", "the workers of a backend, started together and kept"),
    word("engine", "partui's process that runs the workers; not the screen"),
    word("supervisor", "what starts worker processes, and again if they die"),
    word("chunk", "how many tasks a worker takes at a time"),
    word("in flight", "tasks begun and not done: those that wait count too"),
    word("skew", "how unequal the tasks are; 0: all alike"),
    word("CPU-bound", "work that computes: it wants cores"),
    word("I/O-bound", "work that waits: for a disk, a network, a timer"),
    word("GIL", "Python's lock: one thread of a process computes at a time"),
    word("interval", "switch interval: how long a thread waits to ask for the GIL"),
    word("convoy", "threads back from waiting queue behind one that computes"),
    word("bytecode", "GIL model: computing that lets go of the lock when asked"),
    word("c-held", "GIL model: C code that keeps the lock for a whole task"),
    word("c-released", "GIL model: C code that computes without the lock"),
    word("transport", "how tasks and data get to workers and back"),
    word("IPC", "inter-process communication: handing data to a process"),
    word("reference", "tasks stay where they are; workers are told where"),
    word("channel", "tasks are sent from thread to thread, as messages"),
    word("pipe", "data is copied through the operating system"),
    word("shm", "shared memory: two processes see the same bytes"),
    word("payload", "bytes that go to each task and come back"),
    word("compute", "a state: it uses a core"),
    word("gil", "a state: it waits for the lock"),
    word("io", "a state: it waits for a disk, a network, a timer"),
    word("ipc", "a state: it waits for data or hands some over"),
    word("idle", "a state: there is nothing left for it to do"),
    word("starting", "a state: the worker is being started"),
    word("dead", "a state: the worker has ended, or was ended"),
    word("ready", "a state: it wants a core, and none is free"),
    word("time budget", "which part of its time a worker spent in which state"),
    word("switches/s", "how often in a second the lock goes to another thread"),
    word("fold", "the part of the rows that a trained model is judged by"),
    word("wall", "how long the whole work took, by the clock on the wall"),
    word("sample", "one measurement: the whole work, done once"),
    word("order", "interleaved: rows in turns; sequential: one after another"),
    word("baseline", "the same work done by one worker alone: 1.00×"),
    word("interleaved", "rows take turns, so that disturbances hit all alike"),
    word("warm-up", "samples that do not count, until caches are filled"),
    word("Σ", "all cores together: how many of them are busy"),
    word("speed-up", "how many times as fast as one worker, in the same rounds"),
    word("break-even", "from this size of tasks on, a pool gains more than it costs"),
    word("start-up", "how long it takes to start the workers"),
    word("cold", "start-up and the work itself, together"),
    word("confidence", "how sure the advice is: high, fair or low"),
    word("checksum", "a short form of the answer: equal ones, equal answers"),
    word("holds", "what textbooks say of this row is true on this machine"),
    word("undecided", "the figures scatter too much to say yes or no"),
    word("±%", "how far samples lie apart, in percent of their mean"),
    word("95 %", "the true value lies in this interval 95 times of 100"),
    word("eff %", "speed-up per worker; 100: each counts in full"),
    word("p50", "half of the tasks took no longer"),
    word("p99", "99 of 100 tasks took no longer"),
    word("MiB", "memory of all workers, in units of 1,048,576 bytes"),
    word("PSS", "memory, what is shared counted once"),
    word("RSS", "memory, what is shared counted for each process"),
    word("+1", "in a note: one warning more; Enter on the row tells all"),
    word("noisy", "a warning: the samples lie far apart"),
    word("short", "a warning: too little work to be timed well"),
    word("slow-first", "a warning: the first sample took longer than the others"),
    word("crowded", "a warning: more workers than cores, and they wait for one"),
    word("few-runs", "a warning: too few samples to say how sure the figures are"),
    word("throttled", "a warning: a limit set by the system stopped the workers"),
    word("suspended", "stopped by somebody, or asleep; its time does not count"),
    word("divergent", "another answer than the other rows gave: one is wrong"),
    word("other-load", "a warning: other programs used the cores meanwhile"),
    word("self", "what partui's screen itself takes of a core"),
    word("panic", "a fault: an error that ends a task, as an exception does"),
    word("abort", "a fault: the process ends itself"),
    word("kill", "a fault: somebody ends the process"),
    word("hang", "a fault: a task that never ends"),
    word("scribble", "a fault: nonsense is written into shared memory"),
    word("segv", "a fault: a segfault, touching memory that is not there"),
    word("Amdahl", "a law: what cannot be shared out limits the speed-up"),
    word("Universal", "Universal Scalability Law: Amdahl's with κ besides"),
    word("σ", "what workers do one after another; 0: nothing"),
    word("κ", "what workers cost each other, growing with each pair"),
    word("R²", "how much of a curve a law explains; 1: all of it"),
];

/// The words that contain `search`, or whose meaning does, in any case.
pub fn words_with(search: &str) -> impl Iterator<Item = &'static Word> {
    let wanted = search.to_lowercase();
    let has = move |text: &str| text.to_lowercase().contains(&wanted);
    WORDS.iter().filter(move |word| has(word.word) || has(word.meaning))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_word_is_explained_once_in_half_a_line() {
        let known: BTreeSet<&str> = WORDS.iter().map(|word| word.word).collect();
        assert_eq!(known.len(), WORDS.len());
        for Word { word, meaning } in WORDS {
            assert!(word.chars().count() <= 12 && (1..=60).contains(&meaning.chars().count()), "{word}: {meaning}");
        }
    }

    #[test]
    fn words_are_found_by_themselves_and_by_what_they_mean() {
        let found = |search| words_with(search).map(|word| word.word).collect::<Vec<_>>();
        assert_eq!(found("pss"), ["PSS"]);
        assert_eq!(found("inter-process"), ["IPC"]);
        assert!(found("gil").starts_with(&["GIL", "interval"]));
        assert!(found("no such word").is_empty());
    }
}
