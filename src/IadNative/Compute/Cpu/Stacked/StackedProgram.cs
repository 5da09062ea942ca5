using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// The scoring of a plan, compiled for vectors of networks. Its operations find their activations here and reserve room in the
/// numbers of each network, in the order in which they will read them.
/// </summary>
internal sealed unsafe class StackedProgram
{
    private readonly int _blockRows, _lanes;
    private readonly Dictionary<string, StackedActivation> _activations = [];
    private readonly Dictionary<string, FloatBuffer> _buffers = [];
    private readonly List<FloatBuffer> _free = [];

    /// <summary>Compiles a plan for blocks of up to <paramref name="blockRows"/> samples and vectors of so many lanes.</summary>
    /// <exception cref="NotSupportedException">An operation cannot be stacked.</exception>
    /// <param name="plan">The plan.</param>
    /// <param name="blockRows">Samples of a block.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="compile">Makes a step of an operation.</param>
    /// <param name="keepsAll">Whether all activations are there after the last step.</param>
    public StackedProgram(
        Plan plan, int blockRows, int lanes, Func<StackedProgram, PlanOperation, StackedStep> compile, bool keepsAll = false)
    {
        (_blockRows, _lanes, Features) = (blockRows, lanes, plan.Features);
        var steps = new List<StackedStep>();
        for (int i = 0; i < plan.Scoring.Count; i++)
        {
            steps.Add(compile(this, plan.Scoring[i]));
            if (plan.Scoring[i] is DenseForward dense) MultiplyAdds += dense.Layer.Weight.Length;
            if (!keepsAll) Release(plan, i);
        }

        Scores = this[plan.Scores];
        Steps = [.. steps];
    }

    /// <summary>d: features of a network.</summary>
    public int Features { get; }

    /// <summary>Numbers of a network.</summary>
    public int Numbers { get; private set; }

    /// <summary>Floats that a step needs while it folds.</summary>
    public int Scratch { get; private set; }

    /// <summary>Floats between two samples of the widest activation.</summary>
    public int WidestStride { get; private set; }

    /// <summary>Multiply-adds of products of matrices, per row and network.</summary>
    public long MultiplyAdds { get; }

    /// <summary>The scores of a block.</summary>
    public StackedActivation Scores { get; }

    /// <summary>What is done with a block.</summary>
    public StackedStep[] Steps { get; }

    /// <summary>An activation that an operation before has made.</summary>
    public StackedActivation this[Activation activation] => _activations.TryGetValue(activation.Name, out StackedActivation? found)
        ? found
        : throw new ArgumentException($"No operation of the plan's scoring writes '{activation.Name}' before it is read.");

    /// <summary>Reserves room for so many numbers of a network, and says where it is.</summary>
    public StackedNumbers Reserve(int length)
    {
        var reserved = new StackedNumbers(Numbers, length);
        Numbers = checked(Numbers + length);
        return reserved;
    }

    /// <summary>Asks for so much room while a step folds.</summary>
    public void ReserveScratch(int length) => Scratch = Math.Max(Scratch, length);

    /// <summary>Makes an activation with its units in their order.</summary>
    public StackedActivation Make(Activation activation) => Make(activation, [.. Enumerable.Range(0, activation.Width)], activation.Width);

    /// <summary>Makes an activation.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="places">Where among the vectors of a sample each unit is.</param>
    /// <param name="width">Vectors of a sample.</param>
    public StackedActivation Make(Activation activation, int[] places, int width)
    {
        int stride = checked(width * _lanes), length = checked(stride * _blockRows);
        WidestStride = Math.Max(WidestStride, stride);
        FloatBuffer? buffer = _free.Where(free => free.Length >= length).MinBy(free => free.Length);
        if (buffer is null) buffer = new FloatBuffer(length);
        else _free.Remove(buffer);
        _buffers[activation.Name] = buffer;
        return _activations[activation.Name] = new StackedActivation(buffer.Pointer, places, stride);
    }

    // What no later operation reads makes room for what these write: a row's way through a network stays in the first cache.
    private void Release(Plan plan, int operation)
    {
        foreach (Activation read in StackedOperations.Reads(plan.Scoring[operation]))
        {
            bool isRead = plan.Scoring.Skip(operation + 1).Any(later => StackedOperations.Reads(later).Contains(read));
            if (!isRead && _buffers.Remove(read.Name, out FloatBuffer? buffer)) _free.Add(buffer);
        }
    }
}
