namespace IadNative.Data.Formats;

/// <summary>One image of grey values.</summary>
/// <param name="Shape">Its size.</param>
/// <param name="Pixels">0 (black) to 255 (white), row by row.</param>
internal sealed record GreyImage(ImageShape Shape, byte[] Pixels);
