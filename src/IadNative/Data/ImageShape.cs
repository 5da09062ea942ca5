using IadNative.Data;

namespace IadNative;

/// <summary>
/// Height and width of an image. In a row, pixels lie row by row from the top, each row from the left; images of several channels
/// lie one after the other.
/// </summary>
public readonly record struct ImageShape
{
    /// <summary>The most rows, and the most pixels per row.</summary>
    public const int MaxSide = 16_384;

    /// <summary>A shape.</summary>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Pixels per row.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public ImageShape(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Height, Width) = (height, width);
    }

    /// <summary>Rows of pixels.</summary>
    public int Height { get; }

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Height times width.</summary>
    /// <exception cref="OverflowException">They are more than 2³¹ − 1.</exception>
    public int Pixels => checked(Height * Width);

    /// <summary>Half as high and half as wide: after 2 × 2 pooling. Both sides must be even.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 2.</exception>
    public ImageShape Half => new(Height / 2, Width / 2);

    /// <summary>Twice as high and twice as wide: after upsampling.</summary>
    /// <exception cref="OverflowException">A side would be more than 2³¹ − 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It is the default value, which has no sides.</exception>
    public ImageShape Twice => new(checked(2 * Height), checked(2 * Width));

    /// <summary>Whether rows of so many features are images of this shape.</summary>
    public bool Fits(int features) => Height > 0 && (long)Height * Width == features;

    /// <summary>Such as <c>28x28</c>: height, then width.</summary>
    public override string ToString() => FormattableString.Invariant($"{Height}x{Width}");
}
