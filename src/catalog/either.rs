//! One of two iterators: what is read from the packed catalogue, or what corrects it.

/// One of two iterators over the same.
pub(super) enum Either<L, R> {
    Packed(L),
    Corrected(R),
}

impl<T, L: Iterator<Item = T>, R: Iterator<Item = T>> Iterator for Either<L, R> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self {
            Either::Packed(it) => it.next(),
            Either::Corrected(it) => it.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Either::Packed(it) => it.size_hint(),
            Either::Corrected(it) => it.size_hint(),
        }
    }
}

impl<T, L, R> ExactSizeIterator for Either<L, R>
where
    L: ExactSizeIterator<Item = T>,
    R: ExactSizeIterator<Item = T>,
{
}
