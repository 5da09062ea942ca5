namespace IadNative.Networks;

/// <summary>
/// The shape of a network: the widths of an MLP encoder from its first hidden layer to its code, which a decoder mirrors, or of
/// the hidden layers in each MADE block of a flow; and what stands in each hidden layer.
/// </summary>
public sealed class NetworkSpec : IEquatable<NetworkSpec>
{
    private const int MaxWidth = 65_536;
    private const int MaxLayers = 64;

    private readonly int[] _widths;

    /// <summary>An encoder with the given layer widths, the last being the code.</summary>
    /// <exception cref="ArgumentException">No width, too many, or one outside 1 to 65,536.</exception>
    public NetworkSpec(params ReadOnlySpan<int> widths)
    {
        if (widths.Length is 0 or > MaxLayers)
            throw new ArgumentException($"A network has 1 to {MaxLayers} layers, not {widths.Length}.", nameof(widths));
        foreach (int width in widths)
        {
            if (width is < 1 or > MaxWidth)
                throw new ArgumentException($"A layer has 1 to {MaxWidth} units, not {width}.", nameof(widths));
        }

        _widths = widths.ToArray();
    }

    /// <summary>Units per encoder layer; the last is the code.</summary>
    public IReadOnlyList<int> Widths => _widths;

    /// <summary>Width of the code layer.</summary>
    public int CodeWidth => _widths[^1];

    /// <summary>Batch normalisation in hidden layers, or after each block of a flow; on by default.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Learned scale and shift behind batch normalisation; off by default.</summary>
    public bool Affine { get; init; }

    /// <summary>Biases in the linear layers; off by default.</summary>
    public bool Bias { get; init; }

    /// <summary>How the hidden units of a flow's MADE blocks get their degrees.</summary>
    public MadeDegrees Degrees { get; init; }

    /// <summary>Two hidden layers of 32 units in each MADE block of a flow.</summary>
    public static NetworkSpec DefaultFlow { get; } = new(32, 32);

    /// <summary>32-16-8 for up to 100 features, 128-64-32 above.</summary>
    public static NetworkSpec Default(int features) => features <= 100 ? new(32, 16, 8) : new(128, 64, 32);

    /// <summary>Reads widths such as <c>32-16-8</c>.</summary>
    /// <exception cref="FormatException">The text is not a list of widths.</exception>
    public static NetworkSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('-');
        var widths = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], out widths[i]) || widths[i] is < 1 or > MaxWidth || parts.Length > MaxLayers)
                throw new FormatException($"'{text}' is no network. Give the layer widths of the encoder, such as 32-16-8.");
        }

        return new NetworkSpec(widths);
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Join('-', _widths);

    /// <inheritdoc/>
    public bool Equals(NetworkSpec? other) =>
        other is not null && _widths.AsSpan().SequenceEqual(other._widths)
        && (BatchNorm, Affine, Bias, Degrees) == (other.BatchNorm, other.Affine, other.Bias, other.Degrees);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkSpec);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ToString(), BatchNorm, Affine, Bias, Degrees);
}
