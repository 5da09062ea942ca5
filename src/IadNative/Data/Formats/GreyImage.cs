namespace IadNative.Data.Formats;

/// <summary>One image of grey values.</summary>
/// <param name="Shape">Its size.</param>
/// <param name="Pixels">0 (black) to 255 (white), row by row.</param>
internal sealed record GreyImage(ImageShape Shape, byte[] Pixels)
{
    /// <summary>A set of this image alone.</summary>
    /// <param name="label">The label option, which must be null: an image has no label column.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="DataFormatException">There is a label option.</exception>
    public RawTable ToTable(string? label, string file) => label == null
        ? new RawTable(Array.ConvertAll(Pixels, x => (float)x), 1, Pixels.Length, null, null, new BadCells(), Shape)
        : throw new DataFormatException($"{file}: an image has no label column. Leave the label away.");
}
