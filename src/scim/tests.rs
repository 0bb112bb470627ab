//! What the grammars of filters and paths promise for every input: what is written is read back,
//! nothing makes the parsers panic, and the parser of the `scim_v2` crate reads the same.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use scim_v2::filter as theirs;
use serde_json::Number;

use super::filter::{Filter, Literal, OPERATORS, Operator};
use super::path::{AttributePath, MAX_PATH_BYTES, Path};

const URNS: [&str; 3] = [
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:example:1.0:T",
    "urn:ietf:params:scim:schemas:extension:x_y-z:2.0:User",
];

/// Which names a filter is made of.
#[derive(Clone, Copy, Debug)]
struct Names {
    sub: &'static str,
    /// Those that are words of the grammar too.
    words: &'static [&'static str],
}

const ALL: Names =
    Names { sub: "[$]?[a-z]{1,5}", words: &["not", "and", "or", "pr", "eq", "Not", "true", "false", "null", "urn"] };
/// `$ref` is no name to their parser, as in the letter of the grammar; and what its lexer takes for
/// a word of its own (`not`, `true`, `false`, `null`) is none either.
const THEIRS: Names = Names { sub: "[a-z]{1,2}", words: &["and", "or", "pr", "eq", "urn"] };

fn path(names: Names) -> impl Strategy<Value = AttributePath> {
    let is_theirs = |name: &String| !["not", "true", "false", "null"].contains(&&*name.to_ascii_lowercase());
    let attribute = prop_oneof![
        9 => "[a-zA-Z][a-zA-Z0-9_-]{0,6}".prop_filter("a word of their lexer", is_theirs),
        1 => select(names.words).prop_map(ToOwned::to_owned),
    ];
    (option::weighted(0.2, select(&URNS[..])), attribute, option::of(names.sub))
        .prop_map(|(urn, attribute, sub)| AttributePath { urn: urn.map(ToOwned::to_owned), attribute, sub })
}

fn literal() -> impl Strategy<Value = Literal> {
    // Sixteenths have few digits, so that any reader of decimals reads them exactly.
    let fraction = |sixteenths: i32| Number::from_f64(f64::from(sixteenths) / 16.0).expect("it is finite");
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        any::<u64>().prop_map(|n| Literal::Number(n.into())),
        any::<i32>().prop_map(move |n| Literal::Number(fraction(n))),
        any::<String>().prop_map(Literal::String),
        r#"[a-z"\\/()\[\]\n\t é\u{0}-\u{1f}]{0,9}"#.prop_map(Literal::String),
    ]
}

/// Groups of what is given, up to four deep.
fn tree(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|filter| Filter::Not(Box::new(filter))),
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner, 2..4).prop_map(Filter::Or),
        ]
    })
}

fn comparison(names: Names) -> impl Strategy<Value = Filter> {
    prop_oneof![
        3 => (path(names), select(&OPERATORS[..]), literal())
            .prop_map(|(path, (_, operator), literal)| Filter::Compare(path, operator, literal)),
        1 => path(names).prop_map(Filter::Present),
    ]
}

fn filter(names: Names) -> impl Strategy<Value = Filter> {
    let values = (path(names), tree(comparison(names)))
        .prop_map(|(path, inner)| Filter::Values(AttributePath { sub: None, ..path }, Box::new(inner)));
    tree(prop_oneof![3 => comparison(names), 1 => values])
}

fn target(names: Names) -> impl Strategy<Value = Path> {
    (path(names), option::of(tree(comparison(names)))).prop_map(|(attribute, filter)| Path { attribute, filter })
}

/// Words of the grammar and what disturbs it, put into a text at some of its bytes.
fn disturbed() -> impl Strategy<Value = String> {
    let words =
        [" ", "(", ")", "[", "]", "\"", "\\", ".", ":", " and ", " or ", "not ", " eq ", " pr", "1", "$", "é", "\n"];
    (filter(THEIRS), vec((any::<prop::sample::Index>(), select(words.to_vec()), any::<bool>()), 1..5)).prop_map(
        |(filter, changes)| {
            let mut text: Vec<char> = filter.to_string().chars().collect();
            for (at, word, is_put_in) in changes {
                let at = at.index(text.len());
                text.splice(at..at + usize::from(!is_put_in), word.chars());
            }
            text.into_iter().collect()
        },
    )
}

proptest! {
    #[test]
    fn a_filter_that_is_written_is_read_back(filter in filter(ALL)) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn a_path_that_is_written_is_read_back(path in target(ALL)) {
        let text = path.to_string();
        prop_assume!(text.len() <= MAX_PATH_BYTES);
        prop_assert_eq!(Path::parse(&text), Ok(path.clone()));
        if path.filter.is_none() {
            prop_assert_eq!(AttributePath::parse(&text), Ok(path.attribute));
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in vec(any::<u8>(), 0..200), text in ".{0,120}") {
        for text in [&*String::from_utf8_lossy(&bytes), &text] {
            let _ = (Filter::parse(text), Path::parse(text), AttributePath::parse(text));
        }
    }

    #[test]
    fn what_looks_like_a_filter_is_refused_or_means_one_thing(
        text in r#"([a-c]| |"|\(|\)|\[|\]|not|and|or|eq|pr|1|\\|é){0,30}"#, disturbed in disturbed(),
    ) {
        for text in [text, disturbed] {
            match Filter::parse(&text) {
                Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
                Err(error) => prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at), "{}", error),
            }
        }
    }

    #[test]
    fn what_looks_like_a_path_is_refused_or_means_one_thing(
        text in r#"[a-c.:$\[\]() "\\]{0,40}"#, disturbed in disturbed(),
    ) {
        for text in [text, format!("a[{disturbed}].b")] {
            match Path::parse(&text) {
                Ok(path) => prop_assert_eq!(Path::parse(&path.to_string()), Ok(path)),
                Err(error) => prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at), "{}", error),
            }
        }
    }
}

/// A filter in which groups of the same kind are one, as in their tree.
fn flat(filter: Filter) -> Filter {
    match filter {
        Filter::Values(path, inner) => Filter::Values(path, Box::new(flat(*inner))),
        Filter::Not(inner) => Filter::Not(Box::new(flat(*inner))),
        Filter::And(parts) => Filter::And(
            parts
                .into_iter()
                .flat_map(|part| match flat(part) {
                    Filter::And(parts) => parts,
                    part => vec![part],
                })
                .collect(),
        ),
        Filter::Or(parts) => Filter::Or(
            parts
                .into_iter()
                .flat_map(|part| match flat(part) {
                    Filter::Or(parts) => parts,
                    part => vec![part],
                })
                .collect(),
        ),
        Filter::Compare(..) | Filter::Present(_) => filter,
    }
}

fn ours_path(path: &theirs::AttrPath) -> AttributePath {
    AttributePath { urn: path.uri.clone(), attribute: path.name.clone(), sub: path.sub_attr.clone() }
}

fn ours_expression(expression: &theirs::AttrExp) -> Filter {
    match expression {
        theirs::AttrExp::Present(path) => Filter::Present(ours_path(path)),
        theirs::AttrExp::Comparison(path, operator, value) => {
            let operator = match operator {
                theirs::CompareOp::Eq => Operator::Equal,
                theirs::CompareOp::Ne => Operator::NotEqual,
                theirs::CompareOp::Co => Operator::Contains,
                theirs::CompareOp::Sw => Operator::StartsWith,
                theirs::CompareOp::Ew => Operator::EndsWith,
                theirs::CompareOp::Gt => Operator::Greater,
                theirs::CompareOp::Ge => Operator::GreaterOrEqual,
                theirs::CompareOp::Lt => Operator::Less,
                theirs::CompareOp::Le => Operator::LessOrEqual,
            };
            let value = match value {
                theirs::CompValue::Null => Literal::Null,
                theirs::CompValue::True => Literal::Boolean(true),
                theirs::CompValue::False => Literal::Boolean(false),
                theirs::CompValue::Number(number) => Literal::Number(number.clone()),
                theirs::CompValue::Str(text) => Literal::String(text.clone()),
            };
            Filter::Compare(ours_path(path), operator, value)
        }
    }
}

fn ours_values(filter: &theirs::ValFilter) -> Filter {
    let all = |parts: &[theirs::ValFilter]| parts.iter().map(ours_values).collect();
    match filter {
        theirs::ValFilter::Attr(expression) => ours_expression(expression),
        theirs::ValFilter::Not(inner) => Filter::Not(Box::new(ours_values(inner))),
        theirs::ValFilter::And(parts) => Filter::And(all(parts.as_slice())),
        theirs::ValFilter::Or(parts) => Filter::Or(all(parts.as_slice())),
    }
}

/// Their tree as ours.
fn ours(filter: &theirs::Filter) -> Filter {
    let all = |parts: &[theirs::Filter]| parts.iter().map(ours).collect();
    match filter {
        theirs::Filter::Attr(expression) => ours_expression(expression),
        theirs::Filter::ValuePath(path) => Filter::Values(ours_path(&path.attr), Box::new(ours_values(&path.filter))),
        theirs::Filter::Not(inner) => Filter::Not(Box::new(ours(inner))),
        theirs::Filter::And(parts) => Filter::And(all(parts.as_slice())),
        theirs::Filter::Or(parts) => Filter::Or(all(parts.as_slice())),
    }
}

fn ours_target(path: &theirs::PatchPath) -> Path {
    match path {
        theirs::PatchPath::Attr(path) => Path { attribute: ours_path(path), filter: None },
        theirs::PatchPath::Value(path) => Path {
            attribute: AttributePath { sub: path.sub_attr.clone(), ..ours_path(&path.attr) },
            filter: Some(ours_values(&path.filter)),
        },
    }
}

proptest! {
    #[test]
    fn another_parser_reads_our_filters_the_same(filter in filter(THEIRS)) {
        let text = filter.to_string();
        let read: theirs::Filter = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(ours(&read), flat(filter));
        // And we read what it writes.
        prop_assert_eq!(Filter::parse(&read.to_string()), Ok(ours(&read)));
    }

    #[test]
    fn another_parser_reads_our_paths_the_same(path in target(THEIRS)) {
        let text = path.to_string();
        prop_assume!(text.len() <= MAX_PATH_BYTES);
        let read: theirs::PatchPath = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(ours_target(&read), Path { filter: path.filter.map(flat), ..path });
    }

    #[test]
    fn what_both_parsers_read_means_the_same_to_both(text in disturbed()) {
        if let (Ok(filter), Ok(read)) = (Filter::parse(&text), text.parse::<theirs::Filter>()) {
            prop_assert_eq!(flat(filter), ours(&read));
        }
    }
}
