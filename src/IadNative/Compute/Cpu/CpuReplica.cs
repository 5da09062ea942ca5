namespace IadNative.Compute.Cpu;

/// <summary>The state of one replica in pinned memory, and what belongs to it alone: weights, scores, its shuffle.</summary>
internal sealed class CpuReplica
{
    public CpuReplica(Plan plan, ReplicaSpec spec, int samples, int lanes)
    {
        Spec = spec;
        int padded = Padding.RoundUp(plan.Parameters.Length, lanes);
        Parameters = new FloatBuffer(padded);
        Gradient = new FloatBuffer(padded);
        FirstMoment = new FloatBuffer(padded);
        SecondMoment = new FloatBuffer(padded);
        Statistics = new FloatBuffer(plan.Statistics.Length);
        State = new FloatBuffer(plan.State.Length);
        ImportanceWeights = new float[samples];
        Array.Fill(ImportanceWeights, 1f);
        Scores = new float[samples];
    }

    public ReplicaSpec Spec { get; }

    public FloatBuffer Parameters { get; }

    public FloatBuffer Gradient { get; }

    public FloatBuffer FirstMoment { get; }

    public FloatBuffer SecondMoment { get; }

    public FloatBuffer Statistics { get; }

    public FloatBuffer State { get; }

    public long Steps { get; set; }

    public float[] ImportanceWeights { get; }

    public float[] Scores { get; }

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
