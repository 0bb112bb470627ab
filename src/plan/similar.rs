//! New accounts that look like misspelt live users (PLANNING.md §6).
//!
//! Local parts are compared: five letters or more, within two letters (one put in, left out,
//! exchanged, or two swapped). Digits are no letters: they are meant, so they must agree, and
//! `clerk17` is not `clerk18`.
//!
//! Two texts within two edits of each other share what is left when at most two letters are taken
//! out of each. Those rests are hashed, so that it takes time in proportion to the users and not
//! to the pairs of them.

use hashbrown::{HashMap, HashSet};

use super::Action;
use super::draft::Draft;
use super::findings::{FEW, Findings, counted};
use super::scope::Scope;
use crate::diagnostic::Code;
use crate::state::{Kind, fold};

/// Shorter names are near to each other by chance.
const FEWEST_LETTERS: usize = 5;
/// More than a slip of the finger is another name.
const MOST_EDITS: usize = 2;
/// Nobody types a name that is longer than this; it keeps the number of rests small.
const LONGEST: usize = 32;
/// How many users are hashed at a time: with about a hundred rests each, some tens of megabytes.
const CHUNK: usize = 20_000;

/// Compares the new accounts with the live users that no file names.
pub(super) fn check(scope: &Scope<'_>, drafts: &[Draft], findings: &mut Findings) {
    let is_new = |draft: &&Draft| draft.address.kind == Kind::User && draft.action == Action::Create;
    let new: Vec<Account<'_>> =
        drafts.iter().filter(is_new).filter_map(|draft| Account::new(&draft.address.name)).collect();
    if new.is_empty() {
        return;
    }
    let live = &scope.live.users;
    let is_named = |name: &str| {
        let assignments = scope.desired.assignments.as_ref();
        assignments.is_some_and(|assignments| assignments.find(name).is_some())
            || scope.desired.removed_users.contains_key(&*fold(name))
    };
    let unnamed = (0..live.len()).map(|row| live.user_name(row)).filter(|name| !is_named(name));
    let unnamed: Vec<Account<'_>> = unnamed.filter_map(Account::new).collect();

    let found = similar(&new, &unnamed);
    if found.is_empty() {
        return;
    }
    let pairs: Vec<String> =
        found.iter().take(FEW).map(|(new, live)| format!("`{}` like `{}`", new.name, live.name)).collect();
    let more = found.len().saturating_sub(FEW);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!(
        "{} spelled almost like live users that no file assigns: {}{more}",
        if found.len() == 1 {
            "1 new account is".to_owned()
        } else {
            format!("{} are", counted(found.len() as u64, "new account"))
        },
        pairs.join(", ")
    );
    let total = found.len();
    let help = format!(
        "if the live users are meant, correct the spelling; else `--allow similar-account={total}` lets exactly this pass"
    );
    findings.push(Code::SimilarAccount, message).help(help).passes(total as u64);
}

/// So many users are compared one by one: cheaper than the rests of everybody on the other side.
const FEW_HASHED: usize = 100;

/// A userName as it is compared.
struct Account<'n> {
    name: &'n str,
    /// The local part without its digits.
    letters: Vec<char>,
    digits: String,
    /// Which letters there are, several to a bit: texts that differ in many bits are not near.
    seen: u64,
}

impl<'n> Account<'n> {
    /// `None` for a name that says too little.
    fn new(name: &'n str) -> Option<Self> {
        let folded = fold(name);
        let local = folded.split_once('@').map_or(&*folded, |(local, _)| local);
        let (digits, letters): (Vec<char>, Vec<char>) = local.chars().partition(char::is_ascii_digit);
        let is_long = letters.iter().filter(|c| c.is_alphabetic()).count() >= FEWEST_LETTERS;
        let letters_fit = letters.len() <= LONGEST;
        let seen = letters.iter().fold(0, |seen, &letter| seen | 1 << (u32::from(letter) % u64::BITS));
        let account = || Self { name, letters, digits: digits.into_iter().collect(), seen };
        (is_long && letters_fit).then(account)
    }

    fn is_near(&self, other: &Self) -> bool {
        // An edit takes at most one letter away and brings at most one in.
        (self.seen ^ other.seen).count_ones() as usize <= 2 * MOST_EDITS
            && self.digits == other.digits
            && self.letters.len().abs_diff(other.letters.len()) <= MOST_EDITS
            && strsim::generic_damerau_levenshtein(&self.letters, &other.letters) <= MOST_EDITS
    }

    /// Hashes of what is left when at most two letters are taken out.
    fn rests(&self) -> Vec<u64> {
        /// Odd, so that no letter is lost; candidates are compared in full, so a clash costs time alone.
        const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
        let letters = &self.letters;
        // before[i]: hash of the first i letters; a text's hash is before * BASE^rest + rest.
        let mut before = vec![0_u64];
        let mut power = vec![1_u64];
        for &letter in letters {
            before.push(before[before.len() - 1].wrapping_mul(BASE).wrapping_add(u64::from(letter) + 1));
            power.push(power[power.len() - 1].wrapping_mul(BASE));
        }
        let between = |from: usize, to: usize| before[to].wrapping_sub(before[from].wrapping_mul(power[to - from]));
        let joined =
            |left: u64, from: usize, to: usize| left.wrapping_mul(power[to - from]).wrapping_add(between(from, to));
        let end = letters.len();
        let mut rests = vec![before[end]];
        for (first, &left) in before[..end].iter().enumerate() {
            rests.push(joined(left, first + 1, end));
            for second in first + 1..end {
                rests.push(joined(joined(left, first + 1, second), second + 1, end));
            }
        }
        rests
    }
}

/// Each new account that is near to a live one, with the first such.
fn similar<'a, 'n>(new: &'a [Account<'n>], live: &'a [Account<'n>]) -> Vec<(&'a Account<'n>, &'a Account<'n>)> {
    let mut found: Vec<Option<usize>> = vec![None; new.len()];
    // The smaller side is hashed, the larger one looked up.
    let is_new_hashed = new.len() <= live.len();
    let (hashed, asked) = if is_new_hashed { (new, live) } else { (live, new) };
    for (number, chunk) in hashed.chunks(CHUNK).enumerate() {
        let lengths = chunk.iter().map(|account| account.letters.len());
        let (least, most) =
            lengths.fold((usize::MAX, 0), |(least, most), length| (least.min(length), most.max(length)));
        let digits: HashSet<&str> = chunk.iter().map(|account| account.digits.as_str()).collect();
        let rests = (chunk.len() > FEW_HASHED).then(|| Rests::of(chunk));
        for (other, account) in asked.iter().enumerate() {
            let length = account.letters.len();
            if !digits.contains(account.digits.as_str()) || length + MOST_EDITS < least || length > most + MOST_EDITS {
                continue;
            }
            let mut candidates: Vec<u32> = match &rests {
                Some(rests) => account.rests().into_iter().flat_map(|rest| rests.with(rest)).collect(),
                None => (0..chunk.len() as u32).collect(),
            };
            candidates.sort_unstable();
            candidates.dedup();
            for at in candidates.into_iter().map(|at| number * CHUNK + at as usize) {
                let (new_at, live_at) = if is_new_hashed { (at, other) } else { (other, at) };
                let is_better = found[new_at].is_none_or(|known| live_at < known);
                if is_better && new[new_at].is_near(&live[live_at]) {
                    found[new_at] = Some(live_at);
                }
            }
        }
    }
    let pair = |(new, live_at): (&'a Account<'n>, Option<usize>)| Some((new, &live[live_at?]));
    new.iter().zip(found).filter_map(pair).collect()
}

/// Accounts by their rests, in lists through one vector: an allocation for each would cost more
/// than all the rest.
struct Rests {
    /// Per rest, where its list begins.
    first: HashMap<u64, u32>,
    /// An account and where its list goes on.
    links: Vec<(u32, Option<u32>)>,
}

impl Rests {
    fn of(accounts: &[Account<'_>]) -> Self {
        let mut all = Self { first: HashMap::new(), links: Vec::new() };
        for (at, account) in accounts.iter().enumerate() {
            for rest in account.rests() {
                let link = u32::try_from(all.links.len()).expect("a chunk has fewer than 2^32 rests");
                let next = all.first.insert(rest, link);
                all.links.push((at as u32, next));
            }
        }
        all
    }

    /// The accounts with a rest.
    fn with(&self, rest: u64) -> impl Iterator<Item = u32> {
        let first = self.first.get(&rest).copied();
        let links = std::iter::successors(first, |&link| self.links[link as usize].1);
        links.map(|link| self.links[link as usize].0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accounts(names: &[String]) -> Vec<Account<'_>> {
        names.iter().filter_map(|name| Account::new(name)).collect()
    }

    #[track_caller]
    fn check(new: &str, live: &str, expected: bool) {
        let (new, live) = ([new.to_owned()], [live.to_owned()]);
        let found = similar(&accounts(&new), &accounts(&live)).len();
        assert_eq!(found == 1, expected, "{new:?} {live:?}");
    }

    #[test]
    fn a_slip_in_a_name_is_near_and_another_name_is_not() {
        check("maria.lopes@example.com", "maria.lopez@example.com", true);
        check("mraia.lopez@example.com", "Maria.Lopez@example.com", true);
        check("marialopez@example.com", "maria.lopez@other.example", true);
        check("mario.lopes@example.com", "maria.lopez@example.com", true);
        check("mario.lopas@example.com", "maria.lopez@example.com", false);
        check("anna@example.com", "ana@example.com", false);
    }

    #[test]
    fn digits_are_meant() {
        check("clerk17@example.com", "clerk18@example.com", false);
        check("clerk17@example.com", "clark17@example.com", true);
        check("user0000001@example.com", "usr0000001@example.com", false);
        check("cl3rks7@example.com", "clerks@example.com", false);
    }

    proptest! {
        #[test]
        fn hashing_finds_what_comparing_every_pair_finds(
            new in proptest::collection::vec("[abcd]{5,9}[12]?", 101..130),
            live in proptest::collection::vec("[abcd]{5,9}[12]?", 101..130),
        ) {
            let (new, live) = (accounts(&new), accounts(&live));
            let found: Vec<_> = similar(&new, &live).into_iter().map(|(new, live)| (new.name, live.name)).collect();
            let expected: Vec<_> = new.iter()
                .filter_map(|new| Some((new.name, live.iter().find(|live| new.is_near(live))?.name)))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
