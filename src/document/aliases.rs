//! Anchors and aliases, within a budget.
//!
//! Responsible for what an alias stands for and for how large a tree is when every alias is
//! walked. The tree shares what is aliased, so a small file can stand for a huge tree; every
//! later stage walks that tree, so its size and its depth are bounded here.

/// The most nodes that all aliases of a file stand for together. A thousand roles that share a
/// block of two hundred permissions fit; walking this many takes about a tenth of a second.
pub const MAX_ALIAS_NODES: u64 = 200_000;

/// A text counts as one node more for each of these, so that one long text cannot be repeated at
/// the price of a short one.
const TEXT_BYTES_PER_NODE: u64 = 64;

/// What a scalar counts against the budget.
pub(super) fn cost_of_text(bytes: usize) -> u64 {
    1 + bytes as u64 / TEXT_BYTES_PER_NODE
}

/// What an alias stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub node: u32,
    /// Nodes when all aliases in it are walked.
    pub cost: u64,
    /// Levels of lists and maps in it, itself included; 0 for a scalar.
    pub height: usize,
}

#[derive(Debug)]
pub(super) enum Lookup {
    Found(Target),
    /// The alias is inside of what it stands for.
    Inside,
    /// Reported before; or the anchor is on something that cannot be aliased.
    Missing,
    /// The budget is spent. `first`: by this alias.
    Spent {
        first: bool,
    },
}

#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// By the parser's id, which counts from 1. `None`: not closed yet.
    targets: Vec<Option<Target>>,
    spent: u64,
}

impl Anchors {
    /// An anchor begins. Ids come in order; 0 is no anchor.
    pub fn open(&mut self, id: usize) {
        if id >= self.targets.len() {
            self.targets.resize(id + 1, None);
        }
    }

    /// What an anchor stands for is complete.
    pub fn close(&mut self, id: usize, target: Target) {
        if id > 0 {
            self.open(id);
            self.targets[id] = Some(target);
        }
    }

    /// What an alias stands for, charged to the budget.
    pub fn take(&mut self, id: usize) -> Lookup {
        let Some(slot) = self.targets.get(id) else { return Lookup::Missing };
        let Some(target) = *slot else { return Lookup::Inside };
        if self.spent > MAX_ALIAS_NODES {
            return Lookup::Spent { first: false };
        }
        self.spent += target.cost;
        if self.spent > MAX_ALIAS_NODES { Lookup::Spent { first: true } } else { Lookup::Found(target) }
    }
}
