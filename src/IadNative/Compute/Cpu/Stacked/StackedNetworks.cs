using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Data;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// Networks of one plan ready for scoring together. Number p of as many networks as a vector has lanes stands side by side; vectors
/// come in groups, in which what an operation reads in one go stands side by side for all vectors, so that a row that passes
/// through them reads a group from its first number to its last. Lanes without a network hold zeros. Only read after folding, so any
/// number of threads may score with them.
/// </summary>
internal sealed unsafe class StackedNetworks
{
    /// <summary>Vectors of a group; the last one may have fewer.</summary>
    public const int GroupVectors = 8;

    private readonly StackedProgram _program;
    private readonly int _lanes;
    private readonly FloatBuffer _numbers;
    private readonly int[] _places;
    private readonly int* _firstPlace;
    private FloatBuffer? _scratch;

    /// <summary>Room for networks.</summary>
    /// <param name="program">Their scoring.</param>
    /// <param name="members">How many.</param>
    /// <param name="lanes">Floats per vector.</param>
    public StackedNetworks(StackedProgram program, int members, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(members);
        (_program, _lanes, Members) = (program, lanes, members);
        Vectors = Padding.RoundUp(members, lanes) / lanes;
        _numbers = new FloatBuffer(checked(Vectors * program.Numbers * lanes));
        _scratch = new FloatBuffer(program.Scratch);
        _places = GC.AllocateArray<int>(checked(Vectors * program.Features * lanes), pinned: true);
        _firstPlace = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_places));
    }

    /// <summary>How many networks.</summary>
    public int Members { get; }

    /// <summary>Vectors of networks.</summary>
    public int Vectors { get; }

    /// <summary>D: features of a row.</summary>
    public int RowWidth { get; private set; }

    /// <summary>The numbers of the group that begins with a vector.</summary>
    public float* Numbers(int firstVector) => _numbers.Pointer + ((nint)firstVector * _program.Numbers * _lanes);

    /// <summary>Vectors of the group that begins with a vector.</summary>
    public int Group(int firstVector) => Math.Min(GroupVectors, Vectors - firstVector);

    /// <summary>Where in a row the features of a vector of networks are: d × lanes.</summary>
    public int* Places(int vector) => _firstPlace + ((nint)vector * _program.Features * _lanes);

    /// <summary>Folds a network.</summary>
    /// <param name="member">Which.</param>
    /// <param name="features">How its features are taken from a row.</param>
    /// <param name="numbers">Its trained numbers.</param>
    public void Fold(int member, FeatureView features, TrainedNumbers numbers)
    {
        FloatBuffer scratch = _scratch ?? throw new InvalidOperationException("Sealed networks cannot be folded.");
        FeatureScaler scaler = features.Scaler;
        ArgumentOutOfRangeException.ThrowIfNegative(member);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(member, Members);
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Columns?.Length ?? features.Width, _program.Features);
        ArgumentOutOfRangeException.ThrowIfNotEqual(scaler.Offset.Length, _program.Features);
        (int vector, int lane) = Math.DivRem(member, _lanes);
        int* places = Places(vector) + lane;
        for (int j = 0; j < _program.Features; j++)
        {
            int place = features.Columns is { } columns ? columns[j] : j;
            ArgumentOutOfRangeException.ThrowIfNegative(place);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, features.Width);
            places[j * _lanes] = place;
        }

        RowWidth = Math.Max(RowWidth, features.Width);

        int group = vector / GroupVectors * GroupVectors;
        var fold = new StackedFold(
            scaler, numbers, Numbers(group), Group(group), vector - group, _lanes, lane, scratch.Pointer);
        foreach (StackedStep step in _program.Steps) step.Fold(ref fold);
        GC.KeepAlive(this);
    }

    /// <summary>Lets go of what folding alone needs. The networks are not folded again.</summary>
    public void Seal() => _scratch = null;
}
