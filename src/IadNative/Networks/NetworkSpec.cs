using System.Globalization;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// The shape of a network: the widths of an MLP encoder from its first hidden layer to its code, which a decoder mirrors, or of
/// the hidden layers in each MADE block of a flow; for images the convolutions before them; and what stands in each hidden layer.
/// </summary>
public sealed record NetworkSpec
{
    private const int MaxWidth = 65_536;
    private const int MaxLayers = 64;
    private const int MaxConvolutions = 8;

    // Characters of a refused text that are shown.
    private const int LongestShown = 100;
    private const string ConvolutionPrefix = "conv", NoneName = "none";

    private static readonly (string Name, NetworkSpec Network)[] s_names =
    [
        ("lenet-mnist", new(32) { Convolutions = [8, 4] }),
        ("lenet-fmnist", new(128, 64) { Convolutions = [16, 32] }),
    ];

    private readonly int[] _widths;
    private readonly int[] _convolutions = [];
    private readonly ImageShape? _image;

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

    private NetworkSpec() => _widths = [];

    /// <summary>No network: that of models that have none.</summary>
    public static NetworkSpec None { get; } = new();

    /// <summary>Units per encoder layer, behind the convolutions where there are any; the last is the code.</summary>
    public IReadOnlyList<int> Widths => _widths;

    /// <summary>Width of the code layer; 0 without a layer.</summary>
    public int CodeWidth => _widths.Length == 0 ? 0 : _widths[^1];

    /// <summary>
    /// Channels of the convolutions before the dense layers of an encoder for images, each followed by 2 × 2 max-pooling; none by
    /// default.
    /// </summary>
    /// <exception cref="ArgumentException">Too many, or channels outside 1 to 65,536.</exception>
    public IReadOnlyList<int> Convolutions
    {
        get => _convolutions;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count > MaxConvolutions)
            {
                throw new ArgumentException(
                    $"A network has at most {MaxConvolutions} convolutions, not {value.Count}.", nameof(value));
            }

            foreach (int channels in value)
            {
                if (channels is < 1 or > MaxWidth)
                    throw new ArgumentException($"A convolution has 1 to {MaxWidth} channels, not {channels}.", nameof(value));
            }

            _convolutions = [.. value];
        }
    }

    /// <summary>
    /// The images that convolutions see, of one channel; null for square ones of as many pixels as there are features.
    /// </summary>
    /// <exception cref="ArgumentException">A side is outside 1 to 16,384.</exception>
    public ImageShape? Image
    {
        get => _image;
        init
        {
            if (value is { Height: < 1 or > ImageShape.MaxSide } or { Width: < 1 or > ImageShape.MaxSide })
            {
                throw new ArgumentException(
                    $"A side of an image has 1 to {ImageShape.MaxSide} pixels; {value} does not.", nameof(value));
            }

            _image = value;
        }
    }

    /// <summary>Batch normalisation in hidden layers, or after each block of a flow; on by default.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Learned scale and shift behind batch normalisation; off by default.</summary>
    public bool Affine { get; init; }

    /// <summary>Biases in the linear layers and convolutions; off by default.</summary>
    public bool Bias { get; init; }

    /// <summary>For MNIST: convolutions of 8 and 4 channels, and a code of 32.</summary>
    public static NetworkSpec LeNetMnist => s_names[0].Network;

    /// <summary>For Fashion-MNIST: convolutions of 16 and 32 channels, a dense layer of 128 and a code of 64.</summary>
    public static NetworkSpec LeNetFashionMnist => s_names[1].Network;

    /// <summary>
    /// Reads widths such as <c>32-16-8</c>; for images <c>conv8-conv4-32</c>, with their height and width before it where they
    /// are not square, as in <c>28x20-conv8-conv4-32</c>; or a name: <c>lenet-mnist</c>, <c>lenet-fmnist</c>; or <c>none</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static NetworkSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == NoneName) return None;
        foreach ((string name, NetworkSpec network) in s_names)
        {
            if (text == name) return network;
        }

        ReadOnlySpan<string> parts = text.Split('-');
        ImageShape? image = null;
        if (TryParseImage(parts[0], out ImageShape shape))
        {
            image = shape;
            parts = parts[1..];
        }

        var convolutions = new List<int>();
        while (parts is [{ } part, ..] && part.StartsWith(ConvolutionPrefix, StringComparison.Ordinal)
            && TryParse(part[ConvolutionPrefix.Length..], MaxWidth, out int channels))
        {
            convolutions.Add(channels);
            parts = parts[1..];
        }

        int[] widths = new int[parts.Length];
        bool ok = convolutions.Count <= MaxConvolutions;
        for (int i = 0; i < widths.Length && ok; i++) ok = TryParse(parts[i], MaxWidth, out widths[i]);
        if (!ok || widths.Length is 0 or > MaxLayers)
        {
            throw new FormatException(
                $"{ForeignText.Quote(text, LongestShown)} is no network. Give the layer widths of the encoder, such as 32-16-8; for images with convolutions "
                + "before them, such as conv8-conv4-32, and height x width before those where images are not square, such as "
                + $"28x20-conv8-conv4-32; or a name: {string.Join(" or ", s_names.Select(entry => entry.Name))}.");
        }

        return new NetworkSpec(widths) { Convolutions = convolutions, Image = image };
    }

    /// <summary>The form that <see cref="Parse"/> reads; a name becomes what it stands for.</summary>
    public override string ToString() => _widths.Length == 0 ? NoneName : string.Join(
        '-',
        [
            .. _image is { } image ? [image.ToString()] : Array.Empty<string>(),
            .. _convolutions.Select(channels => string.Create(CultureInfo.InvariantCulture, $"{ConvolutionPrefix}{channels}")),
            .. _widths.Select(width => width.ToString(CultureInfo.InvariantCulture)),
        ]);

    /// <summary>The images of a data set with so many features.</summary>
    /// <exception cref="ArgumentException">The features are no such images, or pooling cannot halve these evenly.</exception>
    public ImageShape ImageOf(int features)
    {
        int side = (int)Math.Sqrt(features), multiple = 1 << _convolutions.Length;
        ImageShape image = _image ?? new ImageShape(side, side);
        if (image.Pixels != features)
        {
            throw new ArgumentException(_image is null
                ? $"{features} features are no square image; say which image they are, as in 28x20-{this}."
                : $"The network {this} takes images of {image.Pixels} pixels, but there are {features} features.");
        }

        if (image.Height % multiple != 0 || image.Width % multiple != 0)
        {
            throw new ArgumentException(
                $"The network {this} halves images {_convolutions.Length} times, so height and width must be multiples of "
                + $"{multiple}, but they are {image}. Pad or crop the images, or use fewer convolutions.");
        }

        return image;
    }

    /// <summary>Refuses what has no layer, for models that are networks.</summary>
    /// <exception cref="ArgumentException">There is no layer.</exception>
    internal void RequireLayers()
    {
        if (_widths.Length == 0) throw new ArgumentException("This model is a network; give it the widths of its layers, such as 32-16-8.");
    }

    /// <summary>Whether the shapes and all switches are the same.</summary>
    public bool Equals(NetworkSpec? other) =>
        other is not null && _widths.AsSpan().SequenceEqual(other._widths)
        && _convolutions.AsSpan().SequenceEqual(other._convolutions)
        && (Image, BatchNorm, Affine, Bias) == (other.Image, other.BatchNorm, other.Affine, other.Bias);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ToString(), Image, BatchNorm, Affine, Bias);

    private static bool TryParseImage(string text, out ImageShape image)
    {
        string[] sides = text.Split('x');
        int height = 0, width = 0;
        bool ok = sides.Length == 2 && TryParse(sides[0], ImageShape.MaxSide, out height)
            && TryParse(sides[1], ImageShape.MaxSide, out width);
        image = ok ? new ImageShape(height, width) : default;
        return ok;
    }

    private static bool TryParse(string text, int most, out int value) =>
        int.TryParse(text, out value) && value >= 1 && value <= most;
}
