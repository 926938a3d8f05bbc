//! A queue in a fixed place.

/// Holds up to `N` items, which are bytes unless said otherwise, oldest
/// first.
#[derive(Debug)]
pub(crate) struct Ring<const N: usize, T = u8> {
    items: [T; N],
    first: usize,
    len: usize,
}

impl<const N: usize> Ring<N> {
    /// Returns an empty queue of bytes.
    pub(crate) const fn new() -> Self {
        Self::over([0; N])
    }
}

impl<const N: usize, T: Copy> Ring<N, T> {
    /// Returns an empty queue in the place of `items`, whose values do not
    /// matter.
    pub(crate) const fn over(items: [T; N]) -> Self {
        Self { items, first: 0, len: 0 }
    }

    /// Adds an item; returns false if there is no room for it.
    pub(crate) fn push(&mut self, item: T) -> bool {
        if self.len >= N {
            return false;
        }
        let end = self.first.saturating_add(self.len);
        let at = if end >= N { end.saturating_sub(N) } else { end };
        if let Some(place) = self.items.get_mut(at) {
            *place = item;
        }
        self.len = self.len.saturating_add(1);
        true
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let item = self.items.get(self.first).copied();
        let next = self.first.saturating_add(1);
        self.first = if next >= N { 0 } else { next };
        self.len = self.len.saturating_sub(1);
        item
    }

    /// Returns the oldest item and leaves it.
    pub(crate) fn first(&self) -> Option<T> {
        self.items.get(self.first).copied().filter(|_| self.len > 0)
    }

    /// Returns how many items more it takes.
    pub(crate) const fn room(&self) -> usize {
        N.saturating_sub(self.len)
    }

    /// Returns whether nothing is queued.
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets what is queued.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
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
