using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// Tells apart by features what the scores of stacked networks exceed those of a reference by: where they are sums over features the
/// differences of the terms, elsewhere by the rescale rule, see <see cref="Scoring.ICarryingStep"/>. It reads the numbers that were folded
/// for scoring, and has activations of its own, all of which are there on the way back.
/// </summary>
internal sealed unsafe class StackedExplaining<T>
    where T : struct, ILanes<T>
{
    private const int Slots = CpuScorer.ExplainedRows;

    private readonly StackedProgram _program;
    private readonly StackedActivation _input;
    private readonly FloatBuffer _here, _next;

    /// <summary>Compiles a plan.</summary>
    public StackedExplaining(Plan plan)
    {
        _program = new StackedProgram(plan, Slots, T.Count, StackedOperations.Compile<T>, keepsAll: true);
        _input = _program[plan.Scoring[0].Writes.First()];
        _here = new FloatBuffer(checked(Slots * _program.WidestStride));
        _next = new FloatBuffer(_here.Length);
    }

    /// <summary>Adds the contributions of all networks.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="rows">Rows, the reference first, <see cref="CpuScorer.ExplainedRows"/> at most.</param>
    /// <param name="width">Features of a row.</param>
    /// <param name="chords">What those of each network are multiplied with, a row's from i · <paramref name="stride"/> on.</param>
    /// <param name="stride">Floats between those of two rows.</param>
    /// <param name="sums">One sum per feature of each row.</param>
    public void Add(
        StackedNetworks networks, ReadOnlySpan<float> rows, int width, ReadOnlySpan<float> chords, int stride, Span<double> sums)
    {
        int count = rows.Length / width, most = Math.Max(1, Slots / count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Slots);
        fixed (float* source = rows, factors = chords)
        {
            for (int group = 0; group < networks.Vectors; group += StackedNetworks.GroupVectors)
            {
                int vectors = networks.Group(group);
                for (int vector = 0; vector < vectors; vector += most)
                {
                    var block = new StackedBlock
                    {
                        Rows = source,
                        Width = width,
                        Samples = count,
                        Numbers = networks.Numbers(group),
                        Group = vectors,
                        First = vector,
                        Vectors = Math.Min(most, vectors - vector),
                        Places = networks.Places(group + vector),
                    };
                    foreach (StackedStep step in _program.Steps) step.Run(block);
                    float* contributions = Contributions(block);
                    int first = (group + vector) * T.Count;
                    Spread(block, contributions, factors + first, stride, networks.Members - first, sums);
                }
            }
        }

        GC.KeepAlive(networks);
        GC.KeepAlive(this);
    }

    // Of all networks, vectors × samples × features; of what is a difference already those of the reference are 0.
    private float* Contributions(in StackedBlock block)
    {
        float* here = _here.Pointer, next = _next.Pointer;
        StackedStep[] steps = _program.Steps;
        switch (steps[^1])
        {
            case StackedLogLikelihood<T> likelihood:
                // What all samples have in common is in no difference.
                likelihood.Split(block, here);
                foreach (StackedStep step in steps) (step as StackedAffineMap<T>)?.AddLogScales(block, here);
                return here;
            case StackedSquaredDistance<T> { Splits: true } distance:
                distance.Split(block, here);
                return here;
            default:
                for (int i = steps.Length - 1; i > 0; i--)
                {
                    steps[i].Carry(block, here, next);
                    float* read = next;
                    next = here;
                    here = read;
                }

                MultiplyByDifferences(block, here);
                return here;
        }
    }

    private void MultiplyByDifferences(in StackedBlock block, float* multipliers)
    {
        for (int v = 0; v < block.Vectors; v++)
        {
            float* reference = _input.Pointer + ((nint)v * block.Samples * _input.Stride);
            for (int s = 0; s < block.Samples; s++)
            {
                nint at = (((nint)v * block.Samples) + s) * _input.Stride;
                for (int j = 0; j < _input.Stride; j += T.Count)
                {
                    T difference = T.Load(_input.Pointer + at + j) - T.Load(reference + j);
                    T.Store(s == 0 ? T.Zero : T.Load(multipliers + at + j) * difference, multipliers + at + j);
                }
            }
        }
    }

    // To the places of each network's own features.
    private void Spread(in StackedBlock block, float* contributions, float* chords, int stride, int members, Span<double> sums)
    {
        int features = _program.Features;
        float* lanes = stackalloc float[T.Count];
        for (int v = 0; v < block.Vectors; v++)
        {
            int* places = block.Places + ((nint)v * features * T.Count);
            float* reference = contributions + ((nint)v * block.Samples * features * T.Count);
            int networks = Math.Min(T.Count, members - (v * T.Count));
            for (int s = 1; s < block.Samples; s++)
            {
                float* own = reference + ((nint)s * features * T.Count);
                T chord = T.Load(chords + ((nint)s * stride) + (v * T.Count));
                Span<double> row = sums.Slice(s * block.Width, block.Width);
                for (int j = 0; j < features; j++)
                {
                    nint at = (nint)j * T.Count;
                    T.Store((T.Load(own + at) - T.Load(reference + at)) * chord, lanes);
                    for (int lane = 0; lane < networks; lane++) row[places[at + lane]] += lanes[lane];
                }
            }
        }
    }
}
