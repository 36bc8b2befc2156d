use super::index::room_for;

/// Documents in order, each with a count, as the gaps between their numbers: about a byte and a half for each where plain
/// numbers take four.
///
/// A gap stands in seven bits a byte, the lowest first, the highest bit set where more follow. Its own lowest bit says
/// that the count is above one and follows in a byte.
#[derive(Default)]
pub(super) struct Gaps {
    bytes: Vec<u8>,
    /// The lowest number that may come next.
    next: u32,
    holders: u32,
}

impl Gaps {
    /// Takes in a document whose number, of at most 24 bits, is above all before it.
    pub(super) fn push(&mut self, doc: u32, count: u8) {
        /// Four bytes of gap and one of count.
        const BYTES_MAX: usize = 5;
        if self.bytes.capacity() - self.bytes.len() < BYTES_MAX {
            self.bytes.reserve_exact(room_for(self.bytes.len()).max(BYTES_MAX));
        }
        let mut rest = (doc - self.next) << 1 | u32::from(count > 1);
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
        if count > 1 {
            self.bytes.push(count);
        }
        self.next = doc + 1;
        self.holders += 1;
    }

    /// How many documents there are.
    pub(super) fn holders(&self) -> u32 {
        self.holders
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        let mut bytes = self.bytes.iter().copied();
        let mut next = 0;
        std::iter::from_fn(move || {
            let mut byte = bytes.next()?;
            let mut gap = u32::from(byte & 0x7f);
            let mut shift = 7;
            while byte >= 0x80 {
                byte = bytes.next()?;
                gap |= u32::from(byte & 0x7f) << shift;
                shift += 7;
            }
            let doc = next + (gap >> 1);
            next = doc + 1;
            let count = if gap & 1 == 1 { bytes.next()? } else { 1 };
            Some((doc, count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_taken_in_comes_out(made in proptest::collection::btree_map(0u32..1 << 24, 1u8.., 0..300)) {
            let mut gaps = Gaps::default();
            made.iter().for_each(|(doc, count)| gaps.push(*doc, *count));
            prop_assert_eq!(gaps.holders() as usize, made.len());
            prop_assert_eq!(gaps.iter().collect::<Vec<_>>(), made.into_iter().collect::<Vec<_>>());
        }
    }
}
