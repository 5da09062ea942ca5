namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Where the images of one vector of samples lie, channel by channel.</summary>
internal readonly unsafe struct ImagePlanes
{
    private readonly float* _first;
    private readonly nint _plane;

    /// <summary>Images of some size that lie channel after channel, row after row.</summary>
    /// <param name="first">The first pixel of the first channel.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="pixel">Floats between two pixels of a row.</param>
    /// <param name="phases">
    /// 4 where the pixels of even rows and columns, of even and odd, of odd and even and of odd are four channels, each half as high and wide; 1
    /// else.
    /// </param>
    public ImagePlanes(float* first, int height, int width, nint pixel, int phases)
    {
        int step = phases == 1 ? 1 : 2;
        _first = first;
        _plane = height * width * pixel;
        (Row, Pixel, Phases) = (step * width * pixel, step * pixel, phases);
    }

    /// <summary>Floats between two rows of a channel.</summary>
    public nint Row { get; }

    /// <summary>Floats between two pixels of a row of a channel.</summary>
    public nint Pixel { get; }

    /// <summary>Channels that lie in one another.</summary>
    public int Phases { get; }

    /// <summary>The first pixel of a channel.</summary>
    public float* Channel(int channel)
    {
        int phase = channel % Phases;
        return _first + (channel / Phases * _plane) + (phase / 2 * (Row / 2)) + (phase % 2 * (Pixel / 2));
    }
}
