namespace IadNative.Data.Formats;

/// <summary>
/// Reads a folder of images: the training split of a set like MNIST with its classes; or else the PNG files in it; or else those
/// in its folders, which name their classes. Files go in ordinal order of their names; hidden ones and those of other kinds are
/// passed over.
/// </summary>
internal static class ImageFolder
{
    private const string PngExtension = ".png";
    private static readonly string[] s_imageFiles = Spellings("train-images", "idx3-ubyte");
    private static readonly string[] s_labelFiles = Spellings("train-labels", "idx1-ubyte");

    /// <summary>Whether a file of that name in a folder is read, or may be.</summary>
    public static bool IsRead(string fileName) =>
        IsPng(fileName) || s_imageFiles.Contains(fileName) || s_labelFiles.Contains(fileName);

    /// <summary>Reads all images.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="label">The label option, which must be null.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="DataFormatException">There are no images, not all are of one size, or one is damaged.</exception>
    public static RawTable Read(string path, string name, string? label, ReaderLimits limits, CancellationToken cancellation)
    {
        if (label != null)
            throw new DataFormatException($"{name}: a folder of images has no label column; its classes come from " +
                $"{s_labelFiles[0]}, or from the names of the folders in it. Leave the label away.");
        return Find(path, s_imageFiles) is { } images
            ? ReadSplit(images, Find(path, s_labelFiles), name, limits, cancellation)
            : ReadPngs(path, name, limits, cancellation);
    }

    private static RawTable ReadSplit(string images, string? labels, string folder, ReaderLimits limits,
        CancellationToken cancellation)
    {
        return ReadArray(images).ToTable(labels == null ? null : ReadArray(labels), folder);

        NumericArray ReadArray(string path)
        {
            string file = Path.GetFileName(path);
            using FileStream stream = FileContent.Open(path);
            return FileContent.Read(stream, $"{folder}/{file}", limits, content => IdxFormat.Read(content, file, limits),
                cancellation);
        }
    }

    private static RawTable ReadPngs(string path, string folder, ReaderLimits limits, CancellationToken cancellation)
    {
        string[] files = Pngs(path);
        var folders = Directory.EnumerateDirectories(path).Select(Path.GetFileName).OfType<string>().Where(IsVisible)
            .Order(StringComparer.Ordinal).Select(name => (Name: name, Files: Pngs(Path.Combine(path, name))))
            .Where(entry => entry.Files.Length > 0).ToList();
        if (files.Length == 0 && folders.Count == 0)
            throw new DataFormatException($"{folder}: the folder holds no images. Give one with PNG files, with folders of PNG " +
                $"files, or with {s_imageFiles[0]} and {s_labelFiles[0]} (also with .gz).");
        if (files.Length > 0 && folders.Count > 0)
            throw new DataFormatException($"{folder}: PNG files lie in the folder itself ({files[0]}) and in the folder " +
                $"{folders[0].Name}, so that the classes are not clear. Keep one kind.");

        string[]? classes = null;
        if (folders.Count > 0)
        {
            classes = [.. folders.SelectMany(entry => entry.Files.Select(_ => entry.Name))];
            files = [.. folders.SelectMany(entry => entry.Files.Select(file => $"{entry.Name}/{file}"))];
        }
        GreyImage[] images = Array.ConvertAll(files, file => ReadPng(path, folder, file, limits, cancellation));
        ImageShape shape = images[0].Shape;
        if (Array.FindIndex(images, image => image.Shape != shape) is var other and >= 0)
            throw new DataFormatException($"{folder}/{files[other]}: the image has {images[other].Shape} pixels, but " +
                $"{files[0]} has {shape}. Bring all images of a set to one size.");
        int pixels = images[0].Pixels.Length;
        if ((long)images.Length * pixels > limits.Values)
            throw new DataFormatException($"{folder}: {images.Length} images of {shape} pixels are more than the " +
                $"{limits.Values} values that can be read. Split the set.");

        float[] values = new float[images.Length * pixels];
        for (int i = 0; i < values.Length; i++)
            values[i] = images[i / pixels].Pixels[i % pixels];
        return new RawTable(values, images.Length, pixels, null, null, new BadCells(), shape, classes);
    }

    private static GreyImage ReadPng(string path, string folder, string file, ReaderLimits limits, CancellationToken cancellation)
    {
        using FileStream stream = FileContent.Open(Path.Combine(path, file));
        return FileContent.Read(stream, $"{folder}/{file}", limits, content => PngFormat.Read(content, limits), cancellation);
    }

    private static string[] Pngs(string path) => [.. Directory.EnumerateFiles(path).Select(Path.GetFileName).OfType<string>()
        .Where(IsPng).Order(StringComparer.Ordinal)];

    private static bool IsPng(string fileName) =>
        fileName.EndsWith(PngExtension, StringComparison.OrdinalIgnoreCase) && IsVisible(fileName);

    private static bool IsVisible(string fileName) => !fileName.StartsWith('.');

    private static string? Find(string path, string[] names) =>
        Array.Find(Array.ConvertAll(names, name => Path.Combine(path, name)), File.Exists);

    /// <summary>The names under which one file of such a set goes about; unpacked ones are preferred.</summary>
    private static string[] Spellings(string stem, string type) =>
        [$"{stem}-{type}", $"{stem}.{type}", $"{stem}-{type}.gz", $"{stem}.{type}.gz"];
}
