using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// Scores rows with many small networks of one plan, each on features of its own. Lanes are networks: the same parameter of as many
/// networks as a vector has lanes stands side by side, so that every operation fills its vectors however narrow the networks are. It
/// owns its activations: scoring allocates nothing, and one thread uses it.
/// </summary>
internal abstract class StackedScorer
{
    /// <summary>
    /// Bytes of one network's numbers up to which networks are worth stacking: a vector of such networks stays in the second cache
    /// while rows pass through it.
    /// </summary>
    private const int MostBytes = 32 * 1024;

    // Fewer networks than these cost more together than one by one where many rows are scored: most lanes are empty.
    private const int LeastMembers = 4;

    /// <summary>Rows that cost no less than so many do.</summary>
    public abstract int GrainRows { get; }

    /// <summary>What a row costs each network: the multiply-adds of its products of matrices.</summary>
    public abstract long MultiplyAddsPerRow { get; }

    /// <summary>Scores of a row, in whole vectors: a lane without a network has one too, which means nothing.</summary>
    /// <param name="members">Networks.</param>
    public abstract int ScoresPerRow(int members);

    /// <summary>The scorer of this machine's best instruction-set path.</summary>
    /// <exception cref="NotSupportedException">An operation cannot be stacked.</exception>
    public static StackedScorer Create(Plan plan) => CpuDevice.SelectLanes(new Factory(plan));

    /// <summary>Whether so many networks of a plan are better stacked than scored one by one: several small ones without convolutions.</summary>
    public static bool Suits(Plan plan, int members) =>
        members >= LeastMembers && (long)plan.Parameters.Length * sizeof(float) <= MostBytes && StackedOperations.AllKnown(plan);

    /// <summary>Room for networks that this scorer can score with.</summary>
    /// <param name="members">How many.</param>
    public abstract StackedNetworks CreateNetworks(int members);

    /// <summary>Scores consecutive rows, each the same to the bit whatever the others are.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="rows">n × <paramref name="width"/> prepared features, row-major, of which each network picks its own.</param>
    /// <param name="width">Features of a row.</param>
    /// <param name="scores">
    /// Receives the scores of row i from i · <paramref name="stride"/> on, one per network in their order, then those of lanes without
    /// one.
    /// </param>
    /// <param name="stride">Floats between the scores of two rows, <see cref="ScoresPerRow"/> at least.</param>
    public abstract void Score(StackedNetworks networks, ReadOnlySpan<float> rows, int width, Span<float> scores, int stride);

    /// <summary>
    /// Adds to sums what each feature adds to the scores of all networks beyond those of a reference, times a factor per row and network.
    /// </summary>
    /// <param name="networks">The networks.</param>
    /// <param name="rows">Rows of prepared features, the reference first, <see cref="CpuScorer.ExplainedRows"/> at most.</param>
    /// <param name="width">Features of a row.</param>
    /// <param name="factors">Those of row i from i · <paramref name="stride"/> on, laid out as scores.</param>
    /// <param name="stride">Floats between the factors of two rows.</param>
    /// <param name="sums">n × <paramref name="width"/> sums.</param>
    public abstract void AddContributions(
        StackedNetworks networks, ReadOnlySpan<float> rows, int width, ReadOnlySpan<float> factors, int stride, Span<double> sums);

    private sealed class Factory(Plan plan) : ILanesFunction<StackedScorer>
    {
        public StackedScorer Invoke<T>()
            where T : struct, ILanes<T> => new StackedScorer<T>(plan);
    }
}

/// <summary>The scorer on vectors of one width.</summary>
internal sealed unsafe class StackedScorer<T>(Plan plan) : StackedScorer
    where T : struct, ILanes<T>
{
    /// <summary>
    /// Rows that pass through a vector of networks together, or vectors that a single row passes through together: few enough for
    /// their activations to stay in the first cache.
    /// </summary>
    public const int Slots = StackedNetworks.GroupVectors;

    private readonly StackedProgram _program = new(plan, Slots, T.Count, StackedOperations.Compile<T>);
    private StackedExplaining<T>? _explaining;

    public override int GrainRows => Slots;

    public override long MultiplyAddsPerRow => _program.MultiplyAdds;

    public override int ScoresPerRow(int members) => Padding.RoundUp(members, T.Count);

    public override StackedNetworks CreateNetworks(int members) => new(_program, members, T.Count);

    public override void Score(StackedNetworks networks, ReadOnlySpan<float> rows, int width, Span<float> scores, int stride)
    {
        int count = rows.Length / width;
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows.Length, count * width);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, networks.RowWidth);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, networks.Vectors * T.Count);
        if (count == 0) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(scores.Length, ((count - 1) * stride) + (networks.Vectors * T.Count));
        fixed (float* source = rows)
        fixed (float* target = scores)
        {
            for (int group = 0; group < networks.Vectors; group += StackedNetworks.GroupVectors)
                Score(networks, group, source, count, width, target + (group * T.Count), stride);
        }

        GC.KeepAlive(networks);
        GC.KeepAlive(this);
    }

    public override void AddContributions(
        StackedNetworks networks, ReadOnlySpan<float> rows, int width, ReadOnlySpan<float> factors, int stride, Span<double> sums) =>
        (_explaining ??= new StackedExplaining<T>(plan)).Add(networks, rows, width, factors, stride, sums);

    // All rows pass through some vectors before they pass through others, so that these stay in the second cache.
    private void Score(StackedNetworks networks, int group, float* rows, int count, int width, float* scores, nint stride)
    {
        int vectors = networks.Group(group), together = Math.Max(1, Slots / count);
        for (int vector = 0; vector < vectors; vector += together)
        {
            for (int first = 0; first < count; first += Slots)
            {
                var block = new StackedBlock
                {
                    Rows = rows + ((nint)first * width),
                    Width = width,
                    Samples = Math.Min(Slots, count - first),
                    Numbers = networks.Numbers(group),
                    Group = vectors,
                    First = vector,
                    Vectors = Math.Min(together, vectors - vector),
                    Places = networks.Places(group + vector),
                };
                foreach (StackedStep step in _program.Steps) step.Run(block);
                Spread(block, scores + (first * stride) + (vector * T.Count), stride);
            }
        }
    }

    // From vectors × samples to a row's scores side by side.
    private void Spread(in StackedBlock block, float* target, nint stride)
    {
        float* scores = _program.Scores.Pointer;
        for (int v = 0; v < block.Vectors; v++)
        {
            for (int s = 0; s < block.Samples; s++, scores += T.Count) T.Store(T.Load(scores), target + (s * stride) + (v * T.Count));
        }
    }
}
