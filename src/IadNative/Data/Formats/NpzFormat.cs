using System.IO.Compression;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads NumPy's NPZ, a zip archive of NPY files: the matrix <c>X</c> (or the only array besides the labels) and the labels.
/// </summary>
internal static class NpzFormat
{
    private const string Extension = ".npy";

    /// <summary>Reads the table.</summary>
    /// <param name="content">The archive.</param>
    /// <param name="label">The label array's name; null takes <c>y</c> if there is one.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="DataFormatException">The archive is damaged or lacks the arrays.</exception>
    public static RawTable Read(ContentStream content, string? label, ReaderLimits limits)
    {
        try
        {
            Stream bytes = content.ToSeekable();
            using var archive = new ZipArchive(bytes, ZipArchiveMode.Read, leaveOpen: true);
            var entries = archive.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal)).ToList();
            List<string> names = entries.ConvertAll(entry => entry.FullName[..^Extension.Length]);
            (int matrix, int labels) = ArrayChoice.Choose(names, label, content.Name);
            NumericArray Load(int i) => ReadEntry(entries[i], names[i], content, bytes.Length, limits);
            return Load(matrix).ToTable(labels < 0 ? null : Load(labels), content.Name);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new DataFormatException($"{content.Name}: the zip archive is damaged ({e.Message.TrimEnd('.')}). " +
                "Copy or save the file again.", e);
        }
    }

    private static NumericArray ReadEntry(ZipArchiveEntry entry, string name, ContentStream archive, long archiveBytes,
        ReaderLimits limits)
    {
        if (entry.IsEncrypted)
            throw new DataFormatException($"{archive.Name}: {entry.FullName} is encrypted. Save it without a password.");
        using Stream unpacked = entry.Open();
        string path = $"{archive.Name}: {entry.FullName}";
        using var bounded = new InflatedStream(new Crc32Stream(unpacked, entry.Crc32), archive, path,
            () => Math.Min(entry.CompressedLength, archiveBytes), limits);
        using var content = new ContentStream(bounded, path, null, archive.Cancellation);
        return NpyFormat.Read(content, name, limits);
    }
}
