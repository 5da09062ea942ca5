using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Tests of the kernels of one file on one device. What they assert is written as static methods that take the bench, so
/// that the file's exercise runs a part of the same.
/// </summary>
internal abstract class KernelTests(Func<ICudaDriver> open)
{
    /// <summary>Every launch works on one replica and on several.</summary>
    protected static readonly int[] ReplicaCounts = [1, 3];

    /// <summary>Around a warp and around two.</summary>
    protected static readonly int[] Widths = [1, 3, 31, 32, 33, 65];

    /// <summary>Features of the data that flows are fitted to, and the fewest.</summary>
    protected static readonly int[] FlowWidths = [1, 2, 21, 36, 274];

    /// <summary>The device.</summary>
    protected Bench Bench { get; private set; } = null!;

    [OneTimeSetUp]
    public void Open() => Bench = new(open());

    [OneTimeTearDown]
    public void Close() => Bench?.Driver.Dispose();

    /// <summary>All widths with all counts of replicas.</summary>
    protected static IEnumerable<(int Width, int Replicas)> WidthsAndReplicas => WithReplicas(Widths);

    /// <summary>All widths with all counts of replicas, and two things that may be there or not.</summary>
    protected static IEnumerable<(int Width, int Replicas, bool HasFirst, bool HasSecond)> Cases(int samples) =>
        Cases(samples, Widths);

    /// <summary>
    /// Some widths with all counts of replicas. Two things that may be there or not take their four combinations in turn, so
    /// that with each count of replicas each of them occurs.
    /// </summary>
    protected static IEnumerable<(int Width, int Replicas, bool HasFirst, bool HasSecond)> Cases(int samples, int[] widths) =>
        WithReplicas(widths).Select((pair, i) =>
        {
            int combination = samples + i + (i / 4);
            return (pair.Width, pair.Replicas, combination % 2 == 1, combination / 2 % 2 == 1);
        });

    private static IEnumerable<(int Width, int Replicas)> WithReplicas(int[] widths) =>
        from width in widths from replicas in ReplicaCounts select (width, replicas);
}
