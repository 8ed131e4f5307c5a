//! A long list, worked on by all cores in parts; what comes of them is taken in their order, so that nothing depends on who was first.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;

/// How much of the list is in one.
const PART: usize = 128;

/// Works on parts of a list; `each` is handed what comes of them, in their order, and may end it by an error.
///
/// # Errors
///
/// That of `each`.
pub(super) fn in_order<T: Sync, R: Send, E>(
    list: &[T],
    work: impl Fn(&[T]) -> R + Sync,
    mut each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = cores.min(list.len() / PART);
    if workers < 2 {
        return list.chunks(PART).try_for_each(|part| each(work(part)));
    }
    let work = &work;
    thread::scope(|scope| {
        let of_workers: Vec<mpsc::Receiver<R>> = (0..workers)
            .map(|number| {
                let (done, taken) = mpsc::sync_channel(1);
                // A system that gives no other thread has this one.
                let _ = thread::Builder::new().spawn_scoped(scope, move || {
                    let mut own = list.chunks(PART).skip(number).step_by(workers);
                    // Nobody takes it where it was ended.
                    own.all(|part| done.send(work(part)).is_ok())
                });
                taken
            })
            .collect();
        let mut turns = of_workers.iter().cycle();
        list.chunks(PART).try_for_each(|part| {
            let taken = turns.next().and_then(|it| it.recv().ok());
            each(taken.unwrap_or_else(|| work(part)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_comes_once_and_in_order() {
        for length in [0, 1, PART, 2 * PART + 1, 50 * PART - 1] {
            let list: Vec<usize> = (0..length).collect();
            let mut all = Vec::new();
            let done: Result<(), ()> = in_order(&list, <[usize]>::to_vec, |part| {
                all.extend(part);
                Ok(())
            });
            assert_eq!((done, all), (Ok(()), list));
        }
    }

    #[test]
    fn an_error_ends_it() {
        let list = vec![(); 100 * PART];
        let mut parts = 0;
        let done = in_order(&list, <[()]>::len, |_| {
            parts += 1;
            if parts == 3 { Err("full") } else { Ok(()) }
        });
        assert_eq!((done, parts), (Err("full"), 3));
    }
}
