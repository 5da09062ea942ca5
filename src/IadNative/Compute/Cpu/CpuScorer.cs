using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Data;

namespace IadNative.Compute.Cpu;

/// <summary>Scores rows with a folded network. It owns its buffers: scoring allocates nothing, and one thread uses it.</summary>
internal abstract class CpuScorer
{
    /// <summary>
    /// Rows that go through the network together: whole tiles of samples, and few enough for the activations of a small network
    /// to stay in the first cache.
    /// </summary>
    public const int BlockRows = 48;

    /// <summary>Rows that are explained together beside a reference, which is one of them: a vector of the widest.</summary>
    public const int ExplainedRows = 16;

    /// <summary>
    /// Rows that cost as much as fewer of them do: a vector of samples in a plan where lanes are samples, as in convolutions;
    /// elsewhere a block, which holds whole tiles.
    /// </summary>
    public abstract int GrainRows { get; }

    /// <summary>What a row costs: the multiply-adds of its products of matrices.</summary>
    public abstract long MultiplyAddsPerRow { get; }

    /// <summary>The scorer of this machine's best instruction-set path.</summary>
    /// <exception cref="NotSupportedException">An operation is unknown or has no sense in scoring.</exception>
    public static CpuScorer Create(Plan plan) => CpuDevice.SelectLanes(new Factory(plan));

    /// <summary>Room for a network that this scorer can score with and that sees all features of a row.</summary>
    public FoldedNetwork CreateNetwork(FeatureScaler scaler) => CreateNetwork(FeatureView.All(scaler));

    /// <summary>Room for a network that this scorer can score with.</summary>
    public abstract FoldedNetwork CreateNetwork(FeatureView features);

    /// <summary>Scores consecutive rows, each the same to the bit whatever the others are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">n × D raw features, row-major.</param>
    /// <param name="scores">Receives the n scores.</param>
    public abstract void Score(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> scores);

    /// <summary>Whether <see cref="Contributions"/> can tell: false where an operation has no rule for it.</summary>
    public abstract bool Explains { get; }

    /// <summary>
    /// Whether a score is a sum over features: squared errors of a reconstruction, the parts of a squared Mahalanobis distance, terms of a
    /// likelihood.
    /// </summary>
    public abstract bool Splits { get; }

    /// <summary>
    /// Leaves what each standardised feature adds to the score, where it <see cref="Splits"/>. Otherwise the first row is a
    /// reference, whose contributions are 0, and those of another row sum to its score less that of the reference.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">n × D raw features, row-major; where the first is a reference <see cref="ExplainedRows"/> at most.</param>
    /// <param name="contributions">Receives n × d contributions, row-major, of the d features that the network sees.</param>
    /// <exception cref="NotSupportedException">An operation has no rule for it.</exception>
    public abstract void Contributions(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> contributions);

    /// <summary>Adds the network's outputs of some rows to sums, row after row.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">Raw features, row-major.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="sums">One sum per output.</param>
    public abstract void AddOutputs(FoldedNetwork network, Numbers<float> data, ReadOnlySpan<int> rows, Span<double> sums);

    /// <summary>Leaves the network's outputs of consecutive rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">n × D raw features, row-major.</param>
    /// <param name="outputs">Receives n × k outputs, row-major.</param>
    public abstract void Outputs(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> outputs);

    private sealed class Factory(Plan plan) : ILanesFunction<CpuScorer>
    {
        public CpuScorer Invoke<T>()
            where T : struct, ILanes<T> => new CpuScorer<T>(plan);
    }
}

/// <summary>The scorer on vectors of one width.</summary>
internal sealed unsafe class CpuScorer<T>(Plan plan) : CpuScorer
    where T : struct, ILanes<T>
{
    private readonly ScoringProgram<T> _program = new(plan, BlockRows);

    public override int GrainRows => _program.HasFeatureMajor ? T.Count : BlockRows;

    public override long MultiplyAddsPerRow => _program.MultiplyAddsPerRow;

    public override FoldedNetwork CreateNetwork(FeatureView features) => _program.CreateNetwork(features);

    public override void Score(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> scores)
    {
        for (int start = 0; start < scores.Length; start += BlockRows)
        {
            int count = RunBlock(network, rows, start);
            new ReadOnlySpan<float>(_program.Scores, count).CopyTo(scores[start..]);
        }

        GC.KeepAlive(this);
    }

    public override bool Explains => _program.Explaining is not null;

    public override bool Splits => _program.Explaining is { IsSplit: true };

    public override void Contributions(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> contributions)
    {
        ExplainingStep explaining = _program.Explaining
            ?? throw new NotSupportedException("An operation of the plan's scoring cannot be followed back to the features.");
        int width = _program.Input.Width;
        for (int start = 0; start * width < contributions.Length; start += BlockRows)
        {
            int count = RunBlock(network, rows, start);
            explaining.Explain(network, count, contributions.Slice(start * width, count * width));
        }

        GC.KeepAlive(this);
    }

    public override void AddOutputs(
        FoldedNetwork network, Numbers<float> data, ReadOnlySpan<int> rows, Span<double> sums)
    {
        RowActivation output = _program.Output;
        fixed (float* source = data)
        fixed (int* indices = rows)
        {
            for (int start = 0; start < rows.Length; start += BlockRows)
            {
                int count = Math.Min(BlockRows, rows.Length - start);
                Run(network, source, indices + start, count);
                for (int s = 0; s < count; s++)
                {
                    for (int j = 0; j < sums.Length; j++) sums[j] += output.Pointer[(s * output.Stride) + j];
                }
            }
        }

        GC.KeepAlive(this);
    }

    public override void Outputs(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> outputs)
    {
        RowActivation output = _program.Output;
        int width = output.Width;
        for (int start = 0; start * width < outputs.Length; start += BlockRows)
        {
            int count = RunBlock(network, rows, start);
            for (int s = 0; s < count; s++)
                new ReadOnlySpan<float>(output.Pointer + (s * output.Stride), width).CopyTo(outputs[((start + s) * width)..]);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Runs consecutive rows from <paramref name="start"/> on, a block at most, and says how many.</summary>
    private int RunBlock(FoldedNetwork network, ReadOnlySpan<float> rows, int start)
    {
        int width = network.Features.Width;
        ReadOnlySpan<float> rest = rows[(start * width)..];
        int count = Math.Min(BlockRows, rest.Length / width);
        fixed (float* source = rest) Run(network, source, null, count);
        return count;
    }

    private void Run(FoldedNetwork network, float* data, int* rows, int samples)
    {
        var block = new ScoringBlock(data, rows, samples);
        foreach (ScoringStep step in _program.Steps) step.Run(network, block);
        GC.KeepAlive(network);
    }
}
