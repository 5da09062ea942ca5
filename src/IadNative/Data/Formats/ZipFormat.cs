using System.IO.Compression;
using IadNative.Data.Reading;
using IadNative.Messages;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads zip archives: NumPy's NPZ, an archive of NPY files with the matrix <c>X</c> (or the only array besides the labels) and the
/// labels; or an archive of one file of any other format.
/// </summary>
internal static class ZipFormat
{
    private const string Extension = ".npy";

    /// <summary>Whether content that begins so is a zip archive.</summary>
    public static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8);

    /// <summary>Opens the archive.</summary>
    /// <param name="source">The archive, which will own what is opened in it.</param>
    /// <param name="request">What is asked for; the label is an array's name in NPZ, and null takes <c>y</c> if there is one.</param>
    /// <param name="open">Opens the only file of an archive that is no NPZ.</param>
    /// <exception cref="DataFormatException">The archive is damaged, lacks the arrays, or holds several files.</exception>
    public static TableReader Open(SourceContent source, ReadRequest request, Func<ContentStream, TableReader> open)
    {
        ContentStream content = source.Plain;
        try
        {
            Stream bytes = content.ToSeekable();
            ZipArchive archive = source.Own(new ZipArchive(bytes, ZipArchiveMode.Read, leaveOpen: true));
            var arrays = archive.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal)).ToList();
            if (arrays.Count == 0) return open(OpenEntry(TheOnlyFile(archive, content.Name), source, bytes.Length, request.Limits));
            List<string> names = arrays.ConvertAll(entry => entry.FullName[..^Extension.Length]);
            (int matrix, int labels) = ArrayChoice.Choose(names, request.Options.Label, content.Name);
            return ArrayReader.Open(content.Name, OpenArray(matrix), labels < 0 ? null : OpenArray(labels), request);

            NumericArray OpenArray(int i) =>
                NpyFormat.Open(OpenEntry(arrays[i], source, bytes.Length, request.Limits), ForeignText.Shorten(names[i]), request.Limits);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new DataFormatException($"{content.Name}: the zip archive is damaged ({ForeignText.Shorten(e.Message.TrimEnd('.'), ForeignText.LongestReason)}). " +
                "Copy or save the file again.", e);
        }
    }

    private static ZipArchiveEntry TheOnlyFile(ZipArchive archive, string file)
    {
        ZipArchiveEntry[] files = [.. archive.Entries.Where(entry =>
            !entry.FullName.EndsWith('/') && !entry.Name.StartsWith('.') && !entry.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal))];
        if (Array.Exists(files, entry => entry.FullName == "[Content_Types].xml"))
            throw new DataFormatException($"{file}: this is an Office document, such as an Excel workbook. Save the sheet as CSV.");
        return files.Length == 1 ? files[0] : throw new DataFormatException($"{file}: the zip archive holds " +
            (files.Length == 0 ? "no array of numbers and no other file." : $"{files.Length} files: {ColumnName.List([.. files.Select(entry => entry.FullName)])}.") +
            $" Pack one table, or NPY arrays with the matrix called {NumericArray.MatrixName}.");
    }

    private static ContentStream OpenEntry(ZipArchiveEntry entry, SourceContent source, long archiveBytes, ReaderLimits limits)
    {
        ContentStream archive = source.Plain;
        string path = $"{archive.Name}: {ForeignText.Shorten(entry.FullName)}";
        if (entry.IsEncrypted) throw new DataFormatException($"{path} is encrypted. Save it without a password.");
        Stream unpacked = source.Own(entry.Open());
        Stream bounded = source.Own(new InflatedStream(new Crc32Stream(unpacked, entry.Crc32), archive, path,
            () => Math.Min(entry.CompressedLength, archiveBytes), limits));
        return source.Own(new ContentStream(bounded, path, null, archive.Cancellation, archive.Memory));
    }
}
