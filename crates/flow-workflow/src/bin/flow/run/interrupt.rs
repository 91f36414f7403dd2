//! Ctrl-C, and the other signals that ask a program to end: the first cancels the run, the second ends the program.

use std::{process::exit, sync::Arc};

use flow_workflow::CancelToken;

use super::{children::Children, progress::Progress};
use crate::{
    output::note,
    sync::{AtomicUsize, Ordering},
};

/// As shells have it for Ctrl-C.
const EXIT_STATUS: i32 = 130;

/// From now on signals cancel `token`. A second one kills `children` and ends the program.
pub(super) fn on_interrupt(token: &CancelToken, children: &Arc<Children>, progress: &Arc<Progress>) {
    let (token, children, progress) = (token.clone(), Arc::clone(children), Arc::clone(progress));
    let signals = AtomicUsize::new(0);
    let handler = move || {
        // Relaxed: one thread handles all signals.
        if signals.fetch_add(1, Ordering::Relaxed) == 0 {
            progress.say("interrupted: stopping; press Ctrl-C again to quit at once".to_owned());
            token.cancel();
        } else {
            let _none_starts = children.kill_all();
            exit(EXIT_STATUS);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        note(format_args!("warning: Ctrl-C will end the program at once: {error}"));
    }
}
