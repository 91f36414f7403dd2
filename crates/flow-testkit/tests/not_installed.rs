//! The test allocator in a binary that forgot to install it: a count of zero must not pass for "allocates nothing".

use flow_testkit::TestAllocator;

#[test]
#[should_panic(expected = "TestAllocator counts nothing in this binary")]
fn counting_refuses() {
    let ((), _) = TestAllocator::count(|| ());
}
