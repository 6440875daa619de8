using PgScale.Testing.Postgres;

namespace PgScale.Tests.Testing;

public sealed class WalPositionTests
{
    private const ulong Segment = 16 * 1024 * 1024;

    [TestCase(0x3000028UL, 0x3000000UL, TestName = "Behind_the_long_header_of_a_segment_is_its_start")]
    [TestCase(0x3002018UL, 0x3002000UL, TestName = "Behind_the_short_header_of_a_page_is_its_start")]
    [TestCase(0x3002020UL, 0x3002020UL, TestName = "Behind_a_record_is_where_it_is")]
    [TestCase(0x3002028UL, 0x3002028UL, TestName = "A_long_header_is_only_at_the_start_of_a_segment")]
    [TestCase(0x3002000UL, 0x3002000UL, TestName = "The_end_of_a_page_is_where_it_is")]
    public void Replicas_stop_in_front_of_headers(ulong position, ulong replayable) =>
        Assert.That(WalPosition.Replayable(position, Segment), Is.EqualTo(replayable));
}
