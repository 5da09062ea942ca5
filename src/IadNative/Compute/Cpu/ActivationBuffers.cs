namespace IadNative.Compute.Cpu;

/// <summary>The activations of a list of operations: one feature-major matrix each, all in one block.</summary>
internal sealed unsafe class ActivationBuffers
{
    private readonly FloatBuffer _block;
    private readonly Dictionary<string, int> _offsets = [];

    /// <summary>Room for every activation of the operations, for batches of up to <paramref name="samples"/>.</summary>
    public ActivationBuffers(IEnumerable<PlanOperation> operations, int samples)
    {
        Stride = Padding.Stride(samples);
        int length = 0;
        foreach (PlanOperation operation in operations)
        {
            // An affine map's gradient takes the place of the map, which nobody asks for again.
            if (operation is AffineBackward affine) _offsets[affine.AffineGradient.Name] = _offsets[affine.Affine.Name];
            foreach (Activation activation in Activations(operation))
            {
                if (_offsets.TryAdd(activation.Name, length)) length = checked(length + (activation.Width * Stride));
            }
        }

        _block = new FloatBuffer(length);
    }

    /// <summary>Floats between two features.</summary>
    public int Stride { get; }

    /// <summary>The first feature of an activation.</summary>
    public float* this[Activation activation] => _block.Pointer + _offsets[activation.Name];

    private static IEnumerable<Activation> Activations(PlanOperation operation)
    {
        Activation?[] activations = operation switch
        {
            GatherBatch gather => [gather.Output],
            DenseForward dense => [dense.Input, dense.Output],
            DenseBackward dense => [dense.OutputGradient, dense.InputGradient],
            ConvForward conv => [conv.Input, conv.Output],
            ConvBackward conv => [conv.OutputGradient, conv.InputGradient],
            AffineForward affine => [affine.Input, affine.Affine, affine.Output, affine.LogDeterminantBefore, affine.LogDeterminant],
            AffineBackward affine => [affine.OutputGradient, affine.InputGradient],
            FlowNormForward norm => [norm.Input, norm.Output, norm.LogDeterminantBefore, norm.LogDeterminant],
            FlowNormBackward norm => [norm.OutputGradient, norm.InputGradient],
            WeightedLoss loss => [loss.OutputGradient],
            _ => [],
        };
        return activations.OfType<Activation>();
    }
}
