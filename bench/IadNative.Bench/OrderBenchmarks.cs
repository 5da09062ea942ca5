using BenchmarkDotNet.Attributes;
using IadNative.Metrics;
using IadNative.Random;

namespace IadNative.Bench;

/// <summary>Sorting: the order of n scores at the end of a round, and the shuffle of an epoch.</summary>
[MemoryDiagnoser]
public class OrderBenchmarks
{
    private float[] _scores = null!;
    private int[] _order = null!;
    private Permutation _permutation = null!;
    private int _epoch;

    [Params(6_435, 60_000)]
    public int Samples { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _scores = new float[Samples];
        _order = new int[Samples];
        _permutation = new Permutation(Samples);
        new RandomSequence(key: 0, RandomPurpose.InitialWeights, member: 0).FillUniform(_scores, 1);
    }

    [Benchmark]
    public void Scores() => Ranking.Order(_scores, _order);

    [Benchmark]
    public int Shuffle() =>
        _permutation.Draw(new RandomSequence(key: 0, RandomPurpose.Shuffle, member: 0, round: 0, _epoch++ % 65_536))[0];
}
