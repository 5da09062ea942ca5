using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>A step of Adam, one with the masking of gradients before it.</summary>
internal sealed class CpuAdamStep<T>(AdamStep step) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override CpuOperation<T>? JoinPrevious(PlanOperation previous) => previous is MaskGradient ? this : null;

    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new AdamPass<T>(site.Batch, site.Plan, step, site.Spec);
}

/// <summary>
/// Takes masked-out gradients away and makes a step of Adam. It goes through runs of parameters, and leaves out those of which
/// nothing but masked-out ones can have a gradient: these are zero and stay so.
/// </summary>
internal sealed unsafe class AdamPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    // Parameters of a run at most, whole vectors of every width.
    private const int LongestRun = 4096;

    // Fewer than a first moment takes to become subnormal from the least that is kept.
    private const int StepsBetweenDrops = 64;

    // A parameter, in multiply-adds.
    private const int Cost = 16;

    private readonly SessionSpec _spec;
    private readonly AdamStep _step;
    private readonly int _moments; // from a parameter to its moments
    private readonly FloatBuffer? _mask;
    private readonly (int First, int Length)[] _runs;
    private readonly long _cost;
    private AdamRates _rates;

    /// <summary>A step of a plan.</summary>
    public AdamPass(TrainingBatch batch, Plan plan, AdamStep step, SessionSpec spec)
        : base(batch)
    {
        (_spec, _step, _moments) = (spec, step, step.Moments * plan.MomentStride);
        TensorLayout parameters = plan.Parameters;
        // What pads the last vector has no place among several sets of moments.
        int all = plan.MomentLength == parameters.Length ? Padding.RoundUp(parameters.Length, T.Count) : parameters.Length;
        int end = step.Length is { } part ? step.First + part : all;
        _runs = [.. Runs(parameters).SelectMany(run => Within(run.First, run.First + run.Length, step.First, end))];
        _cost = (long)Cost * _runs.Sum(run => run.Length);
        if (!parameters.IsMasked) return;
        _mask = new FloatBuffer(Padding.RoundUp(parameters.Length, T.Count));
        parameters.ToMask().CopyTo(_mask.Span);
    }

    public override void Run()
    {
        long step = _step.Moments == 0 ? ++Batch.Replica.Steps : Batch.Replica.Steps;
        _rates = AdamRates.Of(step, _spec.LearningRate * _step.Factor, _step.Moments == 0 ? _spec.WeightDecay : 0);
        Batch.Team.Share(this, 0, _runs.Length, 1, _cost);
    }

    public void Part(int phase, int first, int end, int member)
    {
        foreach ((int start, int length) in _runs.AsSpan(first, end - first))
        {
            if (length % T.Count == 0) Step<T>(start, length);
            else Step<Lanes1>(start, length);
        }
    }

    private void Step<TOwn>(int start, int length)
        where TOwn : struct, ILanes<TOwn>
    {
        CpuReplica replica = Batch.Replica;
        float* first = replica.FirstMoment.Pointer + _moments + start, second = replica.SecondMoment.Pointer + _moments + start;
        Adam.Step<TOwn>(
            replica.Parameters.Pointer + start, replica.Gradient.Pointer + start, _mask is null ? null : _mask.Pointer + start, first,
            second, length, _rates);
        if (replica.Steps % StepsBetweenDrops == 0) Adam.DropLeast<TOwn>(first, second, length);
    }

    // What a part of the parameters has of a run: single numbers at its ends, where it begins or ends within a vector.
    private static IEnumerable<(int First, int Length)> Within(int start, int end, int first, int last)
    {
        (int from, int to) = (Math.Max(start, first), Math.Min(end, last));
        if (from >= to) yield break;
        int whole = Math.Min(Padding.RoundUp(from, T.Count), to), rest = Math.Max(whole, to - (to % T.Count));
        if (whole > from) yield return (from, whole - from);
        if (rest > whole) yield return (whole, rest - whole);
        if (to > rest) yield return (rest, to - rest);
    }

    private static IEnumerable<(int First, int Length)> Runs(TensorLayout parameters)
    {
        bool[] isUsed = new bool[(parameters.Length + T.Count - 1) / T.Count];
        foreach (TensorSlot slot in parameters.Slots)
        {
            // Of a bias every number has a gradient, which a mask then takes away.
            InnerRange[] ranges = slot.Columns == 1
                ? [.. Enumerable.Repeat(new InnerRange(0, 1), slot.Rows)]
                : MaskRanges.OfRows(slot, 1);
            for (int row = 0; row < slot.Rows; row++)
            {
                // A product writes what any row sees that can be in one tile with this one.
                Range near = Math.Max(0, row - MaskRanges.TileRows + 1)..Math.Min(slot.Rows, row + MaskRanges.TileRows);
                foreach (InnerRange range in ranges[near])
                {
                    int start = slot.Offset + (row * slot.Columns);
                    for (int i = (start + range.First) / T.Count; i * T.Count < start + range.End; i++)
                        isUsed[i] |= range.First < range.End;
                }
            }
        }

        int first = 0;
        while (first < isUsed.Length)
        {
            int end = first;
            while (end < isUsed.Length && isUsed[end] && (end - first) * T.Count < LongestRun) end++;
            if (end > first) yield return (first * T.Count, (end - first) * T.Count);
            first = Math.Max(end, first + 1);
        }
    }
}
