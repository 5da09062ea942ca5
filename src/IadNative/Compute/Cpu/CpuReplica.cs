namespace IadNative.Compute.Cpu;

/// <summary>The state of one replica in pinned memory, and what belongs to it alone: weights, scores, its shuffle.</summary>
internal sealed class CpuReplica
{
    /// <summary>Room for a replica.</summary>
    /// <param name="plan">What it is.</param>
    /// <param name="spec">Its random numbers and rows.</param>
    /// <param name="features">What it sees of a row.</param>
    /// <param name="importanceWeights">n weights to start from, which other replicas may share and nobody writes.</param>
    /// <param name="lanes">Floats that blocks are padded to a multiple of.</param>
    public CpuReplica(Plan plan, ReplicaSpec spec, FeatureView features, float[] importanceWeights, int lanes)
    {
        (Spec, Features, ImportanceWeights) = (spec, features, importanceWeights);
        int padded = Padding.RoundUp(plan.Parameters.Length, lanes);
        Parameters = new FloatBuffer(padded);
        Gradient = new FloatBuffer(padded);
        int moments = Padding.RoundUp(plan.MomentLength, lanes);
        FirstMoment = new FloatBuffer(moments);
        SecondMoment = new FloatBuffer(moments);
        Statistics = new FloatBuffer(plan.Statistics.Length);
        State = new FloatBuffer(plan.State.Length);
    }

    public ReplicaSpec Spec { get; }

    public FeatureView Features { get; }

    public FloatBuffer Parameters { get; }

    public FloatBuffer Gradient { get; }

    public FloatBuffer FirstMoment { get; }

    public FloatBuffer SecondMoment { get; }

    public FloatBuffer Statistics { get; }

    public FloatBuffer State { get; }

    public long Steps { get; set; }

    /// <summary>Shared with other replicas where they have the same: replaced, never written.</summary>
    public float[] ImportanceWeights { get; set; }

    /// <summary>Its last scores, for which there is room once it was scored.</summary>
    public float[] Scores => field ??= new float[ImportanceWeights.Length];

    public bool Active { get; set; } = true;

    public TrainingOutcome Outcome { get; set; }

    public void Import(ReplicaState state)
    {
        state.Parameters.CopyTo(Parameters.Span);
        state.FirstMoment.CopyTo(FirstMoment.Span);
        state.SecondMoment.CopyTo(SecondMoment.Span);
        state.Statistics.CopyTo(Statistics.Span);
        state.State.CopyTo(State.Span);
        Steps = state.Steps;
    }

    public void Export(ReplicaState state)
    {
        Parameters.Span[..state.Parameters.Length].CopyTo(state.Parameters);
        FirstMoment.Span[..state.FirstMoment.Length].CopyTo(state.FirstMoment);
        SecondMoment.Span[..state.SecondMoment.Length].CopyTo(state.SecondMoment);
        Statistics.Span.CopyTo(state.Statistics);
        State.Span.CopyTo(state.State);
        state.Steps = Steps;
    }
}
