using IadNative.Bench.Subnormals;
using IadNative.Iad;

namespace IadNative.Tests.Bench;

/// <summary>No model leaves a subnormal number behind, whatever its weights and data drive towards zero.</summary>
internal sealed class SubnormalTests
{
    [TestCaseSource(typeof(SubnormalCase), nameof(SubnormalCase.All))]
    public void No_subnormal_number_is_left_by_any_step(SubnormalCase each)
    {
        IReadOnlyDictionary<string, SubnormalCount> counts = SubnormalCensus.Take(
            each.Workload.Plan, each.Session(), each.Weights(ImportanceWeights.Least), each.Epochs);
        Assert.That(counts.Where(count => count.Value.Subnormal > 0), Is.Empty);
        Assert.That(counts["parameters"].All, Is.GreaterThan(each.Workload.Steps * each.Epochs));
    }

    [Test]
    public void Subnormal_numbers_are_counted()
    {
        float[] values = [0, -0f, float.Epsilon, -float.Epsilon, 1e-39f, 1.17549435e-38f, 1, float.NaN, float.PositiveInfinity];
        Assert.That(SubnormalCount.Of(values) + SubnormalCount.Of([1e-40f]), Is.EqualTo(new SubnormalCount(4, 10)));
    }
}
