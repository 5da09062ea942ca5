using IadNative.Data.Reading;
using IadNative.Messages;

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

    /// <summary>Opens the images.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="request">What is asked for; there must be no label option.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="DataFormatException">There are no images, not all are of one size, or one is damaged.</exception>
    public static TableReader Open(string path, string name, ReadRequest request, CancellationToken cancellation)
    {
        if (request.Options.Label != null)
            throw new DataFormatException($"{name}: a folder of images has no label column; its classes come from " +
                $"{s_labelFiles[0]}, or from the names of the folders in it. Leave the label away.");
        return Find(path, s_imageFiles) is { } images
            ? OpenSplit(images, Find(path, s_labelFiles), name, request, cancellation)
            : ReadPngs(path, name, request, cancellation);
    }

    private static ArrayReader OpenSplit(string images, string? labels, string folder, ReadRequest request, CancellationToken cancellation)
    {
        foreach (string file in (string[])[images, .. labels is null ? (string[])[] : [labels]])
            PlainFile.Require(file, $"{folder}/{Path.GetFileName(file)}");
        SourceContent content = OpenFile(images);
        try
        {
            using SourceContent? classes = labels == null ? null : OpenFile(labels);
            ArrayReader reader = ArrayReader.Open(folder, OpenArray(content, images), classes == null ? null : OpenArray(classes, labels!), request);
            classes?.Finish();
            reader.Content = content;
            return reader;
        }
        catch
        {
            content.Dispose();
            throw;
        }

        SourceContent OpenFile(string path) => SourceContent.Open(SourceContent.OpenFile(path), $"{folder}/{Path.GetFileName(path)}",
            request.Limits, ownsStream: true, cancellation);

        NumericArray OpenArray(SourceContent source, string path) => IdxFormat.Open(source.Plain, Path.GetFileName(path), request.Limits);
    }

    private static ImageReader ReadPngs(string path, string folder, ReadRequest request, CancellationToken cancellation)
    {
        string[] files = Pngs(path, folder, "");
        List<(string Name, string[] Files)> folders = Names(Directory.EnumerateDirectories(path)).Where(IsVisible).Order(StringComparer.Ordinal).ToList()
            .ConvertAll(name => (Name: name, Files: Pngs(path, folder, name)));
        folders.RemoveAll(entry => entry.Files.Length == 0);
        if (files.Length == 0 && folders.Count == 0)
            throw new DataFormatException($"{folder}: the folder holds no images. Give one with PNG files, with folders of PNG " +
                $"files, or with {s_imageFiles[0]} and {s_labelFiles[0]} (also with .gz).");
        if (files.Length > 0 && folders.Count > 0)
            throw new DataFormatException($"{folder}: PNG files lie in the folder itself ({Shown(files[0])}) and in the folder " +
                $"{Shown(folders[0].Name)}, so that the classes are not clear. Keep one kind.");

        string[]? classes = null;
        if (folders.Count > 0)
        {
            classes = [.. folders.SelectMany(entry => entry.Files.Select(_ => entry.Name))];
            files = [.. folders.SelectMany(entry => entry.Files.Select(file => $"{entry.Name}/{file}"))];
        }
        foreach (string file in files) PlainFile.Require(Path.Combine(path, file), $"{folder}/{Shown(file)}");
        long bytes = 0;
        var memory = new MemoryUse(folder, request.Limits, () => bytes);
        GreyImage[] images = Array.ConvertAll(files, file =>
        {
            FileStream stream = SourceContent.OpenFile(Path.Combine(path, file));
            bytes += stream.Length;
            return ReadPng(stream, $"{folder}/{Shown(file)}", request.Limits, memory, cancellation);
        });
        ImageShape shape = images[0].Shape;
        if (Array.FindIndex(images, image => image.Shape != shape) is var other and >= 0)
            throw new DataFormatException($"{folder}/{Shown(files[other])}: the image has {images[other].Shape} pixels, but " +
                $"{Shown(files[0])} has {shape}. Bring all images of a set to one size.");
        return new ImageReader(folder, images, classes, request, memory);
    }

    private static GreyImage ReadPng(FileStream stream, string name, ReaderLimits limits, MemoryUse memory, CancellationToken cancellation)
    {
        using SourceContent content = SourceContent.Open(stream, name, limits, ownsStream: true, cancellation, memory);
        GreyImage image = PngFormat.Read(content.Plain, limits);
        content.Finish();
        return image;
    }

    private static string[] Pngs(string path, string folder, string within)
    {
        string full = Path.Combine(path, within);
        if (UndecodedName.IsIn(within) && !Directory.Exists(full)) throw Undecoded(folder, "folder", within);
        string[] files = [.. Names(Directory.EnumerateFiles(full)).Where(IsPng).Order(StringComparer.Ordinal)];
        return Array.Find(files, file => UndecodedName.IsIn(file) && !File.Exists(Path.Combine(full, file))) is { } lost
            ? throw Undecoded(folder, "image", within.Length == 0 ? lost : $"{within}/{lost}") : files;
    }

    private static IEnumerable<string> Names(IEnumerable<string> paths) => paths.Select(Path.GetFileName).OfType<string>();

    private static DataFormatException Undecoded(string folder, string what, string name) => new($"{folder}: there is the {what} "
        + $"{ForeignText.Quote(name, ForeignText.LongestFileName)}, and {UndecodedName.Problem}. Rename it.");

    private static bool IsPng(string fileName) =>
        fileName.EndsWith(PngExtension, StringComparison.OrdinalIgnoreCase) && IsVisible(fileName);

    private static string Shown(string file) => ForeignText.Shorten(file, ForeignText.LongestFileName);

    private static bool IsVisible(string fileName) => !fileName.StartsWith('.');

    private static string? Find(string path, string[] names) =>
        Array.Find(Array.ConvertAll(names, name => Path.Combine(path, name)), File.Exists);

    /// <summary>The names under which one file of such a set goes about; unpacked ones are preferred.</summary>
    private static string[] Spellings(string stem, string type) =>
        [$"{stem}-{type}", $"{stem}.{type}", $"{stem}-{type}.gz", $"{stem}.{type}.gz"];
}
