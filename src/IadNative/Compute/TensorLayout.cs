namespace IadNative.Compute;

/// <summary>What a parameter starts from.</summary>
internal enum Initialization
{
    /// <summary>Uniform in ±1/√fan-in, drawn as a weight.</summary>
    UniformWeight,

    /// <summary>Uniform in ±1/√fan-in, drawn as a bias.</summary>
    UniformBias,

    /// <summary>All zero.</summary>
    Zero,

    /// <summary>All one.</summary>
    One,

    /// <summary>One where row and column are the same, zero elsewhere.</summary>
    Identity,

    /// <summary>Standard normal, drawn as a weight.</summary>
    Normal,
}

/// <summary>One tensor inside a flat block.</summary>
/// <param name="Name">Unique within its block, such as <c>encoder.0.weight</c>.</param>
/// <param name="Offset">First element within the block.</param>
/// <param name="Rows">Rows; output units for a weight.</param>
/// <param name="Columns">Columns; 1 for a vector.</param>
/// <param name="Initialization">What it starts from.</param>
/// <param name="FanIn">Inputs of one output unit.</param>
/// <param name="Layer">Layer of the network, for the random numbers.</param>
/// <param name="Mask">Which entries there are; the others are zero and stay zero. Null for all.</param>
internal sealed record TensorSlot(
    string Name, int Offset, int Rows, int Columns, Initialization Initialization, int FanIn, int Layer,
    DegreeMask? Mask = null)
{
    /// <summary>Number of elements.</summary>
    public int Length => Rows * Columns;
}

/// <summary>
/// The tensors of one flat block: all parameters of a replica, its running statistics, or its state. Gradients and Adam
/// moments mirror the block of parameters.
/// </summary>
internal sealed class TensorLayout
{
    private readonly List<TensorSlot> _slots = [];

    /// <summary>The tensors, in the order of their offsets, without gaps.</summary>
    public IReadOnlyList<TensorSlot> Slots => _slots;

    /// <summary>Elements of the whole block.</summary>
    public int Length { get; private set; }

    /// <summary>The tensor of a name; null where there is none.</summary>
    public TensorSlot? Find(string name) => _slots.Find(slot => slot.Name == name);

    /// <summary>Whether a tensor is masked.</summary>
    public bool IsMasked => _slots.Exists(slot => slot.Mask is not null);

    /// <summary>The mask of the whole block: 1 for an entry that there is, 0 for one that is masked out.</summary>
    public float[] ToMask()
    {
        float[] mask = new float[Length];
        Array.Fill(mask, 1f);
        foreach (TensorSlot slot in _slots)
        {
            if (slot.Mask is null) continue;
            for (int i = 0; i < slot.Length; i++)
            {
                if (!slot.Mask.Allows(i / slot.Columns, i % slot.Columns)) mask[slot.Offset + i] = 0;
            }
        }

        return mask;
    }

    /// <summary>Appends a tensor.</summary>
    /// <exception cref="ArgumentException">The block would have more than 2³¹ − 1 elements.</exception>
    public TensorSlot Add(string name, int rows, int columns, Initialization initialization, int fanIn, int layer, DegreeMask? mask = null)
    {
        long length = Length + ((long)rows * columns);
        if (length > Array.MaxLength)
            throw new ArgumentException($"The network has more than {Array.MaxLength} parameters; make it narrower.");
        var slot = new TensorSlot(name, Length, rows, columns, initialization, fanIn, layer, mask);
        _slots.Add(slot);
        Length = (int)length;
        return slot;
    }
}
