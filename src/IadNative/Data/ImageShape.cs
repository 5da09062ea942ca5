namespace IadNative.Data;

/// <summary>
/// How the features of a row make up an image: channel by channel, each row by row from the top, each row from the left.
/// </summary>
public readonly record struct ImageShape
{
    /// <summary>A shape.</summary>
    /// <param name="height">Pixels from top to bottom.</param>
    /// <param name="width">Pixels from left to right.</param>
    /// <param name="channels">Values a pixel; every reader gives 1, grey.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is below 1.</exception>
    public ImageShape(int height, int width, int channels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        (Height, Width, Channels) = (height, width, channels);
    }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Values a pixel; 1 is grey.</summary>
    public int Channels { get; }

    /// <summary>Whether rows of so many features are images of this shape.</summary>
    public bool Fits(int features) => Channels > 0 && features % Channels == 0 && (long)Height * Width == features / Channels;

    /// <summary>For people: <c>28 x 28</c>, with the channels where there are several.</summary>
    public override string ToString() => Channels == 1 ? $"{Height} x {Width}" : $"{Height} x {Width} x {Channels}";
}
