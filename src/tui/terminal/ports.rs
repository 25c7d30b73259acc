//! What the loop turns on and knows nothing else of: an app, and the world around it.

use crossterm::event::Event;
use ratatui::Frame;

use crate::units::Nanos;

/// State and its changes: pure.
pub trait App {
    /// What changes it.
    type Message;
    /// What it wants done.
    type Effect;

    /// What an event of the terminal means; `None` for nothing.
    fn meaning(event: Event) -> Option<Self::Message>;

    /// Takes a message in.
    fn update(&mut self, message: Self::Message, now: Nanos) -> Vec<Self::Effect>;

    /// Takes in that time has passed: called once [`App::next_due`] is over.
    fn tick(&mut self, now: Nanos) -> Vec<Self::Effect>;

    /// When something changes by itself next; `None` for never.
    fn next_due(&self) -> Option<Nanos>;

    /// Draws all of it.
    fn draw(&self, frame: &mut Frame<'_>);

    /// A number that changes with everything that can be seen.
    fn revision(&self) -> u64;
}

/// What the app cannot reach by itself: the conductor, the machine, files.
pub trait World<A: App> {
    /// Now, on the monotonic clock.
    fn now(&self) -> Nanos;

    /// What has come in since the last call, and the readings that are due for what `app` watches.
    fn hear(&mut self, app: &A, now: Nanos) -> Vec<A::Message>;

    /// When the next reading is due; `None` while `app` watches nothing.
    fn next_due(&self, app: &A) -> Option<Nanos>;

    /// Does what the app wants.
    fn perform(&mut self, effect: A::Effect) -> Reply<A::Message>;

    /// Asks for all engines to be stopped.
    fn suspend(&mut self);

    /// Whether they are.
    fn is_suspended(&self) -> bool;

    /// Lets them go on.
    fn resume(&mut self);
}

/// What came of an effect.
#[derive(Debug)]
pub enum Reply<M> {
    /// It is done, or its outcome comes later.
    Done,
    /// It is done, and this is what the app must know.
    Tell(M),
    /// These bytes must go to the terminal.
    Send(Vec<u8>),
    /// Clicks are wanted, or left to the terminal.
    Mouse(bool),
    /// The program must stop, as Ctrl-Z does.
    Suspend,
    /// The UI is over.
    Quit,
}

/// How the UI came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A person wanted it.
    Quit,
    /// This signal did.
    Signal(i32),
    /// A thread of the program failed; why.
    Failure(String),
}
