//! A long list, worked on by all cores in parts; what comes of them is taken in their order, so that nothing depends on who was first.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;

/// How much of the list is in one at most.
const PART: usize = 128;
/// How many bytes that is at most, but where one alone is more: each core has some parts in memory.
const BYTES: usize = 256 << 10;

/// Works on parts of a list; `each` is handed what comes of them, in their order, and may end it by an error. `length`: how many bytes one
/// of the list is.
///
/// # Errors
///
/// That of `each`.
pub(super) fn in_order<T: Sync, R: Send, E>(
    list: &[T],
    length: impl Fn(&T) -> usize,
    work: impl Fn(&[T]) -> R + Sync,
    mut each: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = cores.min(list.len() / PART);
    let parts = cut(list, length);
    if workers < 2 {
        return parts.into_iter().try_for_each(|part| each(work(part)));
    }
    let (work, parts) = (&work, &parts);
    thread::scope(|scope| {
        let of_workers: Vec<mpsc::Receiver<R>> = (0..workers)
            .map(|number| {
                let (done, taken) = mpsc::sync_channel(1);
                // A system that gives no other thread has this one.
                let _ = thread::Builder::new().spawn_scoped(scope, move || {
                    let mut own = parts.iter().skip(number).step_by(workers);
                    // Nobody takes it where it was ended.
                    own.all(|part| done.send(work(part)).is_ok())
                });
                taken
            })
            .collect();
        let mut turns = of_workers.iter().cycle();
        parts.iter().try_for_each(|part| {
            let taken = turns.next().and_then(|it| it.recv().ok());
            each(taken.unwrap_or_else(|| work(part)))
        })
    })
}

fn cut<T>(list: &[T], length: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut parts = Vec::with_capacity(list.len() / PART + 1);
    let (mut begin, mut bytes) = (0, 0_usize);
    for (index, one) in list.iter().enumerate() {
        let more = bytes.saturating_add(length(one));
        if index > begin && (index - begin == PART || more > BYTES) {
            parts.push(&list[begin..index]);
            (begin, bytes) = (index, length(one));
        } else {
            bytes = more;
        }
    }
    if begin < list.len() {
        parts.push(&list[begin..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_bounded_by_its_bytes_too() {
        let list = [1, BYTES, 3, BYTES - 3, 1, 2 * BYTES];
        let parts = cut(&list, |it| *it);
        let expected: [&[usize]; 5] = [&[1], &[BYTES], &[3, BYTES - 3], &[1], &[2 * BYTES]];
        assert_eq!(parts, expected);
    }

    #[test]
    fn all_of_it_comes_once_and_in_order() {
        for length in [0, 1, PART, 2 * PART + 1, 50 * PART - 1] {
            let list: Vec<usize> = (0..length).collect();
            let mut all = Vec::new();
            let done: Result<(), ()> = in_order(
                &list,
                |it| it % 9_000,
                <[usize]>::to_vec,
                |part| {
                    all.extend(part);
                    Ok(())
                },
            );
            assert_eq!((done, all), (Ok(()), list));
        }
    }

    #[test]
    fn an_error_ends_it() {
        let list = vec![(); 100 * PART];
        let mut parts = 0;
        let done = in_order(
            &list,
            |()| 1,
            <[()]>::len,
            |_| {
                parts += 1;
                if parts == 3 { Err("full") } else { Ok(()) }
            },
        );
        assert_eq!((done, parts), (Err("full"), 3));
    }
}
