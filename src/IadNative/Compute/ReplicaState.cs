namespace IadNative.Compute;

/// <summary>Everything that a replica carries from one epoch to the next: what a checkpoint holds.</summary>
internal sealed class ReplicaState
{
    /// <summary>A state of zeros for a plan.</summary>
    public ReplicaState(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Parameters = new float[plan.Parameters.Length];
        FirstMoment = new float[plan.MomentLength];
        SecondMoment = new float[plan.MomentLength];
        Statistics = new float[plan.Statistics.Length];
        State = new float[plan.State.Length];
    }

    /// <summary>The parameter block.</summary>
    public float[] Parameters { get; }

    /// <summary>Adam's first moment, <see cref="Plan.MomentLength"/> numbers.</summary>
    public float[] FirstMoment { get; }

    /// <summary>Adam's second moment, as long.</summary>
    public float[] SecondMoment { get; }

    /// <summary>The running statistics of batch normalisation.</summary>
    public float[] Statistics { get; }

    /// <summary>What is set and not learned, as <see cref="Plan.State"/> lays it out.</summary>
    public float[] State { get; }

    /// <summary>Steps of Adam taken so far.</summary>
    public long Steps { get; set; }

    /// <summary>Takes over all values of another state of the same plan.</summary>
    public void CopyFrom(ReplicaState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other.Parameters.CopyTo(Parameters, 0);
        other.FirstMoment.CopyTo(FirstMoment, 0);
        other.SecondMoment.CopyTo(SecondMoment, 0);
        other.Statistics.CopyTo(Statistics, 0);
        other.State.CopyTo(State, 0);
        Steps = other.Steps;
    }
}
