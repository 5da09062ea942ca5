using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative;

/// <summary>
/// A file format that another package reads: given to <see cref="DatasetReadOptions.Formats"/>, its files are read like all others.
/// Packages of this project have such; there is nothing to call on them.
/// </summary>
public abstract class DatasetFormat
{
    /// <summary>Formats are made by this project's packages.</summary>
    internal DatasetFormat()
    {
    }

    /// <summary>Whether content that begins so is of this format.</summary>
    /// <param name="head">The first bytes, up to 4,096.</param>
    internal abstract bool IsFormat(ReadOnlySpan<byte> head);

    /// <summary>Opens a file of this format.</summary>
    /// <param name="content">The file from its first byte on; <see cref="ContentStream.ToSeekable"/> makes it seekable.</param>
    /// <param name="request">What is asked for.</param>
    /// <returns>A reader, which does not dispose of the content.</returns>
    /// <exception cref="DataFormatException">The content is damaged or cannot be used.</exception>
    internal abstract TableReader Open(ContentStream content, ReadRequest request);
}
