namespace IadNative.Compute.Cpu;

/// <summary>The activations of a training step, one feature-major matrix each.</summary>
/// <param name="samples">Samples of the largest batch.</param>
internal sealed unsafe class ActivationBuffers(int samples)
{
    private readonly Dictionary<string, FloatBuffer> _buffers = [];

    /// <summary>Floats between two features.</summary>
    public int Stride { get; } = Padding.Stride(samples);

    /// <summary>The first feature of an activation, for which there is room from the first time that it is asked for.</summary>
    public float* this[Activation activation]
    {
        get
        {
            if (!_buffers.TryGetValue(activation.Name, out FloatBuffer? buffer))
                _buffers[activation.Name] = buffer = new FloatBuffer(checked(activation.Width * Stride));
            return buffer.Pointer;
        }
    }

    /// <summary>The same, or null without one.</summary>
    public float* OrNull(Activation? activation) => activation is null ? null : this[activation];
}
