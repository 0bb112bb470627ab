//! How runs and their files are called.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::record::RunId;

/// What the files end with.
const EXTENSION: &str = "jsonl";

/// Digits and letters in the order of their bytes, without those that are taken for others.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A name for a run that begins now: two characters for the millisecond, so that names sort by time
/// within a second too, and two that are random.
pub(super) fn of(now: Timestamp) -> RunId {
    let millisecond = now.subsec_millisecond().unsigned_abs() as usize;
    let random = RandomState::new().build_hasher().finish() as usize;
    let suffix: String = [millisecond >> 5, millisecond, random >> 5, random]
        .into_iter()
        .map(|bits| char::from(DIGITS[bits & 31]))
        .collect();
    let name = format!("{}-{suffix}", now.strftime("%Y%m%d-%H%M%S"));
    name.parse().expect("a time and four characters are a run's name")
}

/// The file of a run.
pub(super) fn path(directory: &Path, run: &RunId) -> PathBuf {
    directory.join(format!("{run}.{EXTENSION}"))
}

/// The run whose file this is; other files are nobody's.
pub(super) fn run_of(path: &Path) -> Option<RunId> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time_and_name_their_file() {
        let times = ["2026-11-22T10:15:00.001Z", "2026-11-22T10:15:00.040Z", "2026-11-22T10:15:00.999Z"];
        let names: Vec<RunId> = times.iter().map(|time| of(time.parse().expect("a time"))).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(names[0].as_str().starts_with("20261122-101500-01"), "{names:?}");
        assert_eq!(run_of(&path(Path::new("runs"), &names[0])).as_ref(), Some(&names[0]));
        for stranger in ["latest.jsonl", "20261122-101500-k3x9.json", "20261122-101500-k3x9"] {
            assert_eq!(run_of(Path::new(stranger)), None, "{stranger}");
        }
    }
}
