//! What a plan says of the seats, against every order of its moves: the numbers that `order` is asked
//! about are those of the drafts.

use super::{planned, text};
use crate::generator::Random;

/// A small case: the seats of each type, and each user's type before and after; 0 is none.
struct Case {
    capacities: Vec<usize>,
    users: Vec<(usize, usize)>,
}

impl Case {
    fn random(random: &mut Random) -> Self {
        let types = 2 + random.below(2);
        let users: Vec<(usize, usize)> =
            (0..2 + random.below(5)).map(|_| (random.below(types + 1), random.below(types + 1))).collect();
        let used = |user_type: usize| users.iter().filter(|(before, _)| *before == user_type).count();
        let capacities = (1..=types).map(|user_type| used(user_type) + usize::from(random.percent(25))).collect();
        Self { capacities, users }
    }

    /// Whether some order of the moves keeps within the seats: all of them are tried.
    fn has_order(&self) -> bool {
        let all = (1_usize << self.users.len()) - 1;
        let mut is_reached = vec![false; all + 1];
        is_reached[0] = true;
        for done in 0..=all {
            for (at, &(_, to)) in self.users.iter().enumerate() {
                let is_done = |at: usize| done & (1 << at) != 0;
                let current = |at: usize| if is_done(at) { self.users[at].1 } else { self.users[at].0 };
                let used = (0..self.users.len()).filter(|&other| other != at && current(other) == to).count();
                if is_reached[done] && !is_done(at) && (to == 0 || used < self.capacities[to - 1]) {
                    is_reached[done | (1 << at)] = true;
                }
            }
        }
        is_reached[all]
    }

    fn texts(&self) -> (String, String) {
        let (mut desired, mut live) = (Vec::new(), Vec::new());
        for (at, capacity) in self.capacities.iter().enumerate() {
            live.push(format!("type T{0} licenses={capacity}\nrole R{0} user_type=T{0}", at + 1));
        }
        for (at, user) in self.users.iter().enumerate() {
            match *user {
                (0, 0) => {}
                (0, to) => desired.push(format!("user u{at} R{to}")),
                (from, to) => {
                    live.push(format!("user u{at} R{from} type=T{from}"));
                    let is_removed = to == 0;
                    desired.push(if is_removed {
                        format!("remove user u{at} delete")
                    } else {
                        format!("user u{at} R{to}")
                    });
                }
            }
        }
        (desired.join("\n"), live.join("\n"))
    }
}

#[test]
fn no_seat_is_said_exactly_when_no_order_of_the_moves_exists() {
    let mut random = Random::new(1);
    let mut refused = 0;
    for _ in 0..3_000 {
        let case = Case::random(&mut random);
        let (desired, live) = case.texts();
        let plan = planned(&desired, &live);
        assert_eq!(!plan.is_refused(), case.has_order(), "{desired}\n{live}\n{}", text::of(&plan));
        refused += u32::from(plan.is_refused());
        for seats in plan.seats.iter().filter(|_| !plan.is_refused()) {
            assert!(seats.capacity.is_none_or(|capacity| seats.worst <= capacity), "{}", text::of(&plan));
        }
    }
    assert!((500..2_500).contains(&refused), "{refused} of 3000");
}
