//! Text operations give what `std`'s give, without the global allocator.

use flow_arena::{Arena, arena_format};
use flow_testkit::{Arbitrary, Gen, TestAllocator, check};

/// Text that is rich in the characters that case conversion treats specially.
#[derive(Clone, Debug)]
struct Text(String);

impl Arbitrary for Text {
    fn arbitrary(g: &mut Gen) -> Self {
        const SPECIAL: [char; 24] = [
            'Σ', 'σ', 'ς', 'ß', 'ẞ', 'İ', 'ı', 'ŉ', 'ΐ', 'ﬃ', 'Ⱥ', 'ǅ', 'ᾼ', '\'', '.', ':', '\u{301}',
            '\u{ad}', 'ʰ', 'A', 'z', ' ', '1', '𐐀',
        ];
        let len = usize::arbitrary(g) % (g.size() + 1);
        let one =
            |g: &mut Gen| if bool::arbitrary(g) { char::arbitrary(g) } else { *g.choose(&SPECIAL).unwrap() };
        Self((0..len).map(|_| one(g)).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

#[test]
fn text_operations_match_std() {
    fn prop(text: Text, from: Text, to: Text, parts: Vec<Text>) -> bool {
        let (text, to) = (text.0, to.0);
        let arena = Arena::with_block_size(1024);
        // A pattern that occurs, or any, or none.
        let from = text.chars().take(from.0.len() % 3).collect::<String>();
        let parts: Vec<&str> = parts.iter().map(|part| part.0.as_str()).collect();
        let same = |ours: &mut str, of_std: String| assert_eq!(*ours, *of_std);
        same(arena.to_lowercase(&text), text.to_lowercase());
        same(arena.to_uppercase(&text), text.to_uppercase());
        same(arena.replace(&text, &from, &to), text.replace(&from, &to));
        same(arena.concat(&parts), parts.concat());
        same(arena.join(&parts, &to), parts.join(&to));
        same(arena_format!(arena, "{text:?}{to:>20}"), format!("{text:?}{to:>20}"));
        let lane = arena.lane();
        same(lane.to_lowercase(&text), text.to_lowercase());
        same(arena_format!(lane, "{text}{to}{text}"), format!("{text}{to}{text}"));
        true
    }
    check("arena", "text_operations_match_std", prop as fn(Text, Text, Text, Vec<Text>) -> bool);
}

#[test]
fn text_operations_call_no_global_allocator() {
    let arena = Arena::new();
    arena.alloc(1);
    let ((), counts) = TestAllocator::count(|| {
        assert_eq!(arena.to_lowercase("ὈΔΥΣΣΕΎΣ"), "ὀδυσσεύς");
        assert_eq!(arena.to_uppercase("ŉ ﬃ ß"), "ʼN FFI SS");
        assert_eq!(arena.to_lowercase("PLAIN"), "plain");
        assert_eq!(arena.replace("aaa", "", "-"), "-a-a-a-");
        assert_eq!(arena.join(&["a", "b"], ", "), "a, b");
        assert_eq!(arena_format!(arena, "{:>100}", 7).len(), 100);
    });
    assert_eq!(counts.allocations, 0);
}

#[test]
fn a_long_text_grows_where_it_stands() {
    let arena = Arena::new();
    let text = arena_format!(arena, "{:>10000}", 'x');
    assert_eq!(text.len(), 10_000);
    let stats = arena.stats();
    assert_eq!((stats.allocations, stats.requested, stats.wasted), (1, 10_000, 0), "{stats}");
}
