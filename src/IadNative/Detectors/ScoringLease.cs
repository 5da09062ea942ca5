using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Stacked;

namespace IadNative.Detectors;

/// <summary>The buffers of one caller, for all detectors of a plan.</summary>
/// <param name="plan">The plan.</param>
internal sealed class ScoringLease(ScoringPlan plan)
{
    /// <summary>Rows that are scored together.</summary>
    public const int BlockRows = CpuScorer.BlockRows;

    private double[]? _contributionSums;
    private float[]? _prepared, _normalized, _errors, _contributions, _memberScores, _factors;
    private double[]? _scratch;

    /// <summary>One per family, null for those that are scored together.</summary>
    public CpuScorer?[] Scorers { get; } = Array.ConvertAll(plan.Families, family => family.IsStacked ? null : CpuScorer.Create(family.Plan));

    /// <summary>One per family, null for those that are scored one by one.</summary>
    public StackedScorer?[] Stacks { get; } = Array.ConvertAll(plan.Families, family => family.IsStacked ? StackedScorer.Create(family.Plan) : null);

    /// <summary>Scores of a network.</summary>
    public float[] Scores { get; } = new float[BlockRows];

    /// <summary>The prepared rows of a block, made when first asked for.</summary>
    public float[] Prepared => _prepared ??= new float[BlockRows * plan.Features];

    /// <summary>Room for a row's encoded features, made when first asked for.</summary>
    public double[] Scratch => _scratch ??= new double[plan.Features];

    /// <summary>One contribution per feature of a block's rows, made when first asked for.</summary>
    public float[] Contributions => _contributions ??= new float[BlockRows * plan.Features];

    /// <summary>A block's normalised images, made when first asked for.</summary>
    public float[] Normalized => _normalized ??= new float[BlockRows * plan.Features];

    /// <summary>One squared error per feature of a block's rows, made when first asked for.</summary>
    public float[] Errors => _errors ??= new float[BlockRows * plan.Features];

    /// <summary>One sum per feature of a block's rows, made when first asked for.</summary>
    public double[] ContributionSums => _contributionSums ??= new double[(plan.Splits ? BlockRows : CpuScorer.ExplainedRows) * plan.Features];

    /// <summary>Row-major: the scores of all members for one row stand together. Made when first asked for.</summary>
    public float[] MemberScores => _memberScores ??= new float[BlockRows * plan.Stride];

    /// <summary>A reference and the rows that are compared with it, which leave room in a block for them.</summary>
    public Span<float> Referred => Prepared.AsSpan(CpuScorer.ExplainedRows * plan.Features, CpuScorer.ExplainedRows * plan.Features);

    /// <summary>What a network's features add to its scores beyond those of the reference, behind these.</summary>
    public Span<float> Differences => Prepared.AsSpan(2 * CpuScorer.ExplainedRows * plan.Features);

    /// <summary>How fast what a member adds rises with its score, laid out as scores of members; made when first asked for.</summary>
    public float[] Factors => _factors ??= new float[CpuScorer.ExplainedRows * plan.Stride];

    /// <summary>Multiply-adds that a row costs each network of a family.</summary>
    public long MultiplyAddsPerRow(int family) => Scorers[family]?.MultiplyAddsPerRow ?? Stacks[family]!.MultiplyAddsPerRow;

    /// <summary>Rows that cost a family as much as fewer of them do.</summary>
    public int GrainRows(int family) => Scorers[family]?.GrainRows ?? Stacks[family]!.GrainRows;
}
