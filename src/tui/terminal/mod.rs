//! The shell between a real terminal and the pure app: takes the terminal and gives it back whatever happens, turns keys,
//! signals and news into messages, and decides when to draw. Knows nothing of what is shown.

mod click;
mod clipboard;
mod console;
mod decode;
mod display;
mod event_loop;
mod guard;
mod held;
mod inbox;
mod names;
mod pace;
mod ports;
mod signals;
mod tty;
mod typing;

use std::io;
use std::sync::Arc;

pub use self::clipboard::copy;
pub use self::inbox::Bell;
pub use self::ports::{App, End, Reply, World};
pub use self::signals::Signals;
pub use self::typing::events;

use self::console::Screen;
use self::event_loop::EventLoop;
use self::guard::Guard;
use self::tty::Tty;

/// Shows `app` in the terminal until it ends, and gives the terminal back. `connect` makes the rest of the world; it gets
/// the bell to ring when there is something to hear.
///
/// A signal that comes after it has returned ends the process at once.
///
/// # Errors
/// There is no terminal, it is gone, or the system has no thread or descriptor to give.
pub fn show<A: App, W: World<A>>(
    signals: Signals,
    app: &mut A,
    connect: impl FnOnce(Bell) -> io::Result<W>,
) -> io::Result<End> {
    let tty = Arc::new(Tty::open()?);
    let (post, inbox) = inbox::open();
    let bell = post.bell();
    let marks = signals.watch(Arc::clone(&tty), move || bell.is_heard())?;
    let failed = post.clone();
    let _guard = Guard::enter(&tty, move |why| failed.failed(why))?;
    signals::end_when_gone(Arc::clone(&tty))?;
    let world = connect(post.bell())?;
    inbox::read_keys(Arc::clone(&tty), post)?;
    let end = EventLoop::new(app, world, Screen::new(Arc::clone(&tty))?, inbox, &marks).run();
    // Whatever failed first, this is why.
    if tty.is_gone() { Ok(End::Signal(libc::SIGHUP)) } else { end }
}
