//! A queue of fixed capacity.

/// Holds up to `N` items, bytes by default, oldest first.
#[derive(Debug)]
pub(crate) struct Ring<const N: usize, T = u8> {
    items: [T; N],
    places: Places,
}

/// Which places of a ring are in use. Not generic, so that its code exists only
/// once.
#[derive(Debug)]
struct Places {
    first: usize,
    len: usize,
}

impl Places {
    /// Claims the place for the next item; none if all `most` are in use.
    #[inline(never)]
    fn push(&mut self, most: usize) -> Option<usize> {
        if self.len >= most {
            return None;
        }
        let end = self.first.saturating_add(self.len);
        self.len = self.len.saturating_add(1);
        Some(end.checked_sub(most).unwrap_or(end))
    }

    /// Frees the place of the oldest item and returns it.
    #[inline(never)]
    fn pop(&mut self, most: usize) -> Option<usize> {
        self.len = self.len.checked_sub(1)?;
        let at = self.first;
        let next = at.saturating_add(1);
        self.first = if next >= most { 0 } else { next };
        Some(at)
    }
}

impl<const N: usize> Ring<N> {
    /// Returns an empty queue of bytes.
    pub(crate) const fn new() -> Self {
        Self::over([0; N])
    }
}

impl<const N: usize, T: Copy> Ring<N, T> {
    /// Returns an empty queue that uses `items` as its storage; their values do
    /// not matter.
    pub(crate) const fn over(items: [T; N]) -> Self {
        Self { items, places: Places { first: 0, len: 0 } }
    }

    /// Adds an item; returns false if there is no room for it.
    pub(crate) fn push(&mut self, item: T) -> bool {
        let at = self.places.push(N);
        let place = at.and_then(|at| self.items.get_mut(at));
        place.map(|place| *place = item).is_some()
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let at = self.places.pop(N)?;
        self.items.get(at).copied()
    }

    /// Returns the oldest item without removing it.
    pub(crate) fn first(&self) -> Option<T> {
        self.items
            .get(self.places.first)
            .copied()
            .filter(|_| self.places.len > 0)
    }

    /// Returns how many more items fit.
    pub(crate) const fn room(&self) -> usize {
        N.saturating_sub(self.places.len)
    }

    /// Returns whether nothing is queued.
    pub(crate) const fn is_empty(&self) -> bool {
        self.places.len == 0
    }

    /// Forgets what is queued.
    pub(crate) const fn clear(&mut self) {
        self.places.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_they_came_and_no_more_than_fit() {
        let mut ring = Ring::<3>::new();
        for round in 0..5 {
            assert!(ring.push(round));
            assert!(ring.push(10));
            assert!(ring.push(20));
            assert!(!ring.push(30));
            assert_eq!(ring.pop(), Some(round));
            assert_eq!(ring.pop(), Some(10));
            assert_eq!(ring.pop(), Some(20));
            assert_eq!(ring.pop(), None);
            ring.push(round);
            assert_eq!(ring.pop(), Some(round));
        }
    }
}
