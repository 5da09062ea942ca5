using IadNative.Compute.Cpu.Scoring;
using IadNative.Data;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>A network on its way into its lane.</summary>
internal unsafe ref struct StackedFold
{
    private readonly float* _group;
    private readonly int _vectors, _vector, _lanes, _lane;

    /// <summary>A network.</summary>
    /// <param name="scaler">Scales its features.</param>
    /// <param name="numbers">Its trained numbers.</param>
    /// <param name="group">The numbers of its group of vectors.</param>
    /// <param name="vectors">Vectors of the group.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="scratch">Room for numbers that no step keeps.</param>
    public StackedFold(
        FeatureScaler scaler, TrainedNumbers numbers, float* group, int vectors, int vector, int lanes, int lane, float* scratch)
    {
        Scaler = scaler;
        Numbers = numbers;
        _group = group;
        _vectors = vectors;
        _vector = vector;
        _lanes = lanes;
        _lane = lane;
        Scratch = scratch;
    }

    /// <summary>Scales its features.</summary>
    public FeatureScaler Scaler { get; }

    /// <summary>Its trained numbers.</summary>
    public TrainedNumbers Numbers { get; }

    /// <summary>Room for numbers that no step keeps.</summary>
    public float* Scratch { get; }

    /// <summary>The part of its log-determinant that is the same for all rows, of the steps so far.</summary>
    public double LogDeterminant { get; set; }

    /// <summary>One of the numbers that a step has reserved.</summary>
    public readonly ref float this[StackedNumbers reserved, int index] =>
        ref _group[((((nint)reserved.Start * _vectors) + ((nint)_vector * reserved.Length) + index) * _lanes) + _lane];
}
