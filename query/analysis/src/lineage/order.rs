//! An order in which each thing comes after those that it needs.

use std::collections::HashMap;
use std::hash::Hash;

/// How many of its needs each node still waits for, and who waits for it. Nodes are numbered as they are given.
pub(super) struct Waits {
    open: Vec<usize>,
    users: Vec<Vec<usize>>,
}

impl Waits {
    /// Needs that are no nodes do not count.
    pub(super) fn new<N: Hash + Eq>(nodes: &[N], needs: impl Fn(&N) -> Vec<N>) -> Self {
        let number: HashMap<&N, usize> = nodes.iter().enumerate().map(|(at, node)| (node, at)).collect();
        let mut waits = Self {
            open: vec![0; nodes.len()],
            users: vec![Vec::new(); nodes.len()],
        };
        for (at, node) in nodes.iter().enumerate() {
            for need in needs(node).iter().filter_map(|need| number.get(need)) {
                if let (Some(open), Some(users)) = (waits.open.get_mut(at), waits.users.get_mut(*need)) {
                    *open += 1;
                    users.push(at);
                }
            }
        }
        waits
    }

    /// The nodes that need nothing.
    pub(super) fn free(&self) -> Vec<usize> {
        self.open
            .iter()
            .enumerate()
            .filter(|(_, open)| **open == 0)
            .map(|(at, _)| at)
            .collect()
    }

    /// Marks a node as done; gives those that waited for nothing else.
    pub(super) fn release(&mut self, at: usize) -> Vec<usize> {
        let mut users = self.users.get_mut(at).map(std::mem::take).unwrap_or_default();
        users.retain(|user| {
            let Some(open) = self.open.get_mut(*user) else {
                return false;
            };
            *open -= 1;
            *open == 0
        });
        users
    }

    /// The nodes that still wait: when no free node is left, those that need themselves in the end.
    pub(super) fn stuck(&self) -> impl Iterator<Item = usize> + '_ {
        self.open
            .iter()
            .enumerate()
            .filter(|(_, open)| **open > 0)
            .map(|(at, _)| at)
    }
}
