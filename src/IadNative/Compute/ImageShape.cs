namespace IadNative.Compute;

/// <summary>
/// Height and width of an image. In a sample, images lie row-major, and the images of several channels one after the other.
/// </summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels per row.</param>
public readonly record struct ImageShape(int Height, int Width)
{
    /// <summary>The most rows, and the most pixels per row.</summary>
    public const int MaxSide = 16_384;

    /// <summary>Height times width.</summary>
    public int Pixels => checked(Height * Width);

    /// <summary>Half as high and half as wide: after 2 × 2 pooling.</summary>
    public ImageShape Half => new(Height / 2, Width / 2);

    /// <summary>Twice as high and twice as wide: after upsampling.</summary>
    public ImageShape Twice => new(checked(2 * Height), checked(2 * Width));

    /// <summary>Such as <c>28x28</c>: height, then width.</summary>
    public override string ToString() => FormattableString.Invariant($"{Height}x{Width}");
}
