using System.Numerics;
using IadNative.Compute;

namespace IadNative.Tests.Compute.Twin;

/// <summary>A replica's state in numbers of type T.</summary>
internal sealed class TwinState<T>(ReplicaState state)
    where T : IFloatingPointIeee754<T>
{
    public T[] Parameters { get; } = Convert(state.Parameters);

    public T[] FirstMoment { get; } = Convert(state.FirstMoment);

    public T[] SecondMoment { get; } = Convert(state.SecondMoment);

    public T[] Statistics { get; } = Convert(state.Statistics);

    public T[] State { get; } = Convert(state.State);

    public long Steps { get; set; } = state.Steps;

    public static T[] Convert(float[] values) => [.. values.Select(T.CreateChecked)];
}
