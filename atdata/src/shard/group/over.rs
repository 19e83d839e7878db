//! Groups of members that somebody else looks at on their way.

use super::Groups;

impl<M> Groups<M> {
    /// The same, of members that `wrap` looks at on their way; before the first is asked for.
    pub(in crate::shard) fn over<N>(self, wrap: impl FnOnce(M) -> N) -> Groups<N> {
        Groups {
            members: wrap(self.members),
            open: self.open,
            key: self.key,
            offset: self.offset,
            fields: self.fields,
            pending: self.pending,
            refused: self.refused,
            later: self.later,
            packed: self.packed,
            beta: self.beta,
            layout: self.layout,
            limit: self.limit,
        }
    }

    /// What it reads.
    pub(in crate::shard) fn members_mut(&mut self) -> &mut M {
        &mut self.members
    }
}
