using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class CollapseAlarmTests
{
    private static readonly ScoreStatistics s_wide = new(1, 2, 9);

    [TestCase(1, 2, true)]
    [TestCase(2, 2, false)]
    [TestCase(1, 200, true)]
    [TestCase(2, 200, false)]
    [TestCase(2, 201, true)]
    [TestCase(3, 300, false)]
    [TestCase(64, 6435, true)]
    [TestCase(65, 6435, false)]
    public void Fewer_than_two_or_one_percent_distinct_scores_are_a_collapse(int distinct, int samples, bool collapsed) =>
        Assert.That(CollapseAlarm.IsCollapsed(s_wide, distinct, samples), Is.EqualTo(collapsed));

    [TestCase(1f, 1.0, 1f, true)]
    [TestCase(0f, 0.0, 0f, true)]
    [TestCase(0f, 0.0, 1e-30f, false)]
    [TestCase(1_000_000f, 1_000_000.0, 1_000_001f, true)]
    [TestCase(1_000_000f, 1_000_000.0, 1_000_001.0625f, false)]
    [TestCase(-1_000_001f, -1_000_000.0, -1_000_000f, true)]
    [TestCase(-1_000_002f, -1_000_000.0, -1_000_000f, false)]
    [TestCase(float.MinValue, 0.0, float.MaxValue, false)]
    [TestCase(0f, double.NaN, 1f, true)]
    public void A_spread_up_to_a_millionth_of_the_median_is_a_collapse(float min, double median, float max,
        bool collapsed) =>
        Assert.That(CollapseAlarm.IsCollapsed(new ScoreStatistics(min, median, max), 10, 10), Is.EqualTo(collapsed));

    [Test]
    public void The_alarm_names_the_run_its_rounds_and_whether_the_detector_is_concerned()
    {
        RunReport chosen = Reports.Run(2, Reports.Round(0), Reports.Round(1, collapsed: true),
            Reports.Round(2, collapsed: true));
        Alarm alarm = CollapseAlarm.For(chosen)!;
        Assert.That((alarm.Kind, alarm.Seed, alarm.Round, alarm.Epoch),
            Is.EqualTo((AlarmKind.Collapsed, 5ul, 1, (int?)null)));
        Assert.That(alarm.Message, Does.Contain("seed 5").And.Contains("rounds 1, 2").And.Contains("do not trust"));

        Alarm harmless = CollapseAlarm.For(Reports.Run(1, Reports.Round(0, collapsed: true), Reports.Round(1)))!;
        Assert.That(harmless.Message, Does.Contain("round 0;").And.Contains("none of them")
            .And.Not.Contains("do not trust"));
        Assert.That(CollapseAlarm.For(Reports.Run(1, Reports.Round(0), Reports.Round(1))), Is.Null);
    }
}
