using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>Hands out images that are in memory.</summary>
internal sealed class ImageReader : TableReader
{
    private readonly GreyImage[] _images;
    private readonly string[]? _classes;
    private readonly MemoryUse? _memory;
    private int _next;

    /// <param name="name">The source, for messages.</param>
    /// <param name="images">At least one, all of one size.</param>
    /// <param name="classes">One an image, or null.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="memory">What the images keep; null where they are one file's, whose reading is known.</param>
    public ImageReader(string name, GreyImage[] images, string[]? classes, ReadRequest request, MemoryUse? memory = null)
        : base(name, TableColumns.Choose(name, null, images[0].Pixels.Length, request with { Schema = null }), request)
    {
        _images = images;
        _classes = classes;
        _memory = memory;
        Image = images[0].Shape;
        HasClasses = classes is not null;
    }

    /// <inheritdoc/>
    public override MemoryUse? Memory => _memory ?? base.Memory;

    /// <inheritdoc/>
    protected override void Fill(RowBlock block)
    {
        for (; block.Rows < block.Capacity && _next < _images.Length; _next++, block.Rows++)
        {
            byte[] pixels = _images[_next].Pixels;
            Span<double> row = block.Row(block.Rows);
            for (int feature = 0; feature < row.Length; feature++) row[feature] = pixels[Columns.Sources[feature]];
            block.SourceRows[block.Rows] = _next;
            if (_classes is not null) block.Classes[block.Rows] = _classes[_next];
        }
    }
}
