namespace IadNative.Compute;

/// <summary>Everything that a replica carries from one epoch to the next: what a checkpoint holds.</summary>
public sealed class ReplicaState
{
    /// <summary>A state of zeros for a plan.</summary>
    public ReplicaState(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Parameters = new float[plan.Parameters.Length];
        FirstMoment = new float[plan.Parameters.Length];
        SecondMoment = new float[plan.Parameters.Length];
        Statistics = new float[plan.Statistics.Length];
        Center = new float[plan.CenterWidth];
    }

    /// <summary>The parameter block.</summary>
    public float[] Parameters { get; }

    /// <summary>Adam's first moment, as long as the parameters.</summary>
    public float[] FirstMoment { get; }

    /// <summary>Adam's second moment, as long as the parameters.</summary>
    public float[] SecondMoment { get; }

    /// <summary>The running statistics of batch normalisation.</summary>
    public float[] Statistics { get; }

    /// <summary>Center of Deep SVDD; empty for other losses.</summary>
    public float[] Center { get; }

    /// <summary>Radius of the soft boundary; 0 for other losses.</summary>
    public float Radius { get; set; }

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
        other.Center.CopyTo(Center, 0);
        Radius = other.Radius;
        Steps = other.Steps;
    }
}
