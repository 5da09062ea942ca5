using IadNative.Compute.Cpu.Scoring;
using IadNative.Data;

namespace IadNative.Compute.Cpu;

/// <summary>
/// A network ready for scoring: what each operation has made of its trained numbers, once for all samples. Only read after
/// folding, so any number of threads may score with it.
/// </summary>
internal sealed unsafe class FoldedNetwork
{
    private readonly FloatBuffer _block;
    private readonly double[] _constants;
    private ScoringStep[] _steps;
    private FloatBuffer? _scratch;

    /// <summary>Room for a network.</summary>
    /// <param name="features">What it sees of a row.</param>
    /// <param name="steps">What folds into it.</param>
    /// <param name="length">Floats that the steps have reserved.</param>
    /// <param name="scratch">Floats that one of them needs while it folds.</param>
    /// <param name="constants">Constants that they have reserved.</param>
    public FoldedNetwork(FeatureView features, ScoringStep[] steps, int length, int scratch, int constants)
    {
        Features = features;
        _steps = steps;
        _block = new FloatBuffer(length);
        _scratch = new FloatBuffer(scratch);
        _constants = new double[constants];
    }

    /// <summary>What the network sees of a row; to be set before folding.</summary>
    public FeatureView Features { get; set; }

    /// <summary>Room for numbers that no step keeps.</summary>
    /// <exception cref="InvalidOperationException">The network is sealed.</exception>
    public float* Scratch => (_scratch ?? throw new InvalidOperationException("A sealed network cannot be folded.")).Pointer;

    /// <summary>What lies at a place that a step has reserved; zeros where nothing has been written.</summary>
    public float* this[int place] => _block.Pointer + place;

    /// <summary>What is added to an activation of every sample, and is not in it yet.</summary>
    public ref double Constant(int index) => ref _constants[index];

    /// <summary>Folds a network.</summary>
    public void Fold(ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, ReadOnlySpan<float> state)
    {
        var numbers = new TrainedNumbers(parameters, statistics, state);
        foreach (ScoringStep step in _steps) step.Fold(this, numbers);
        GC.KeepAlive(this);
    }

    /// <summary>Lets go of all that folding alone needs. The network is not folded again.</summary>
    public void Seal()
    {
        (_steps, _scratch) = ([], null);
        Features = Features with { Scaler = FeatureScaler.None };
    }
}
