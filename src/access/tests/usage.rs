//! Who takes which seat (R-UT-6).

use super::*;

/// R-UT-6, R-UT-8, R-UT-11: one row for each user with type and role, and the rows of a type are its
/// used seats. Reading B7: inactive users take none. Reading B12: what the target counts is said
/// where it differs.
#[test]
fn the_rows_of_a_type_are_its_used_seats() {
    let seats = |licenses| [("licenses".to_owned(), licenses)].into();
    let mut live = Made::default()
        .object(Kind::UserType, "Non-AI member user", seats(Value::Absent))
        .object(Kind::UserType, "AI business user", seats(Value::Count(3)))
        .role("Admin", "", &[("user_type", Value::text("AI business user"))])
        .role("Writer", "", &[("user_type", Value::text("Non-AI member user"))])
        .user_of_type("ana@example.com", "Admin", "AI business user")
        .user_of_type("-bo@example.com", "Admin", "AI business user")
        .user("cy@example.com", "Writer")
        .user("di@example.com", "")
        .0;
    live.objects.get_mut(&Kind::UserType).expect("types")[1].in_use = Some(2);
    let pack = pack("responsive");
    let standing = Standing::of_live(&live, &pack);
    insta::assert_snapshot!(shown(&standing, &Answer::Usage(standing.usage())), @"
    Seats
      user type           used        of  free  counted by the target
      AI business user       1         3     1                      2
      Non-AI member user     1  no limit     -                      -
      (none)                 1  no limit     -                      -

    active users, who take one each: 3; inactive ones, who take none: 1; the JSON has a row for each

    note: users without a role that is known here: 1 (R-UT-1)
    ");
    insta::assert_snapshot!(standing.usage_notes().join("\n"), @"
    used seats of `AI business user` by the target's count: 2; active users of it among those who are shown: 1
    ");
    let usage = standing.usage().expect("the platform has types");
    for used in &usage.types {
        assert_eq!(used.used, usage.users.iter().filter(|seat| seat.user_type == used.user_type).count() as u64);
    }
    assert_eq!(usage.users.len(), 3);
    assert_eq!(usage.inactive.len(), 1);
}
