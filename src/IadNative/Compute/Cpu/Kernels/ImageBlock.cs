using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Images of one vector of samples on their way between an activation, where two pixels of a sample lie a stride apart, and a
/// block, where they lie side by side.
/// </summary>
internal static unsafe class ImageBlock
{
    /// <summary>
    /// block[c][border + y][border + x] = images[c][y][x], or images[c][⌊y/2⌋][⌊x/2⌋] where they are upsampled. The border is
    /// left as it is.
    /// </summary>
    /// <param name="images">The first pixel of the vector of samples.</param>
    /// <param name="stride">Floats between two pixels of images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows of a block's image without its border.</param>
    /// <param name="width">Columns of a block's image without its border.</param>
    /// <param name="upsample">Whether images are half as high and wide.</param>
    /// <param name="border">Rows and columns around a block's image.</param>
    /// <param name="block">channels × (height + 2·border) × (width + 2·border) vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<T>(
        float* images, nint stride, int channels, int height, int width, bool upsample, int border, float* block)
        where T : struct, ILanes<T>
    {
        nint row = (nint)(width + (2 * border)) * T.Count;
        for (int c = 0; c < channels; c++)
        {
            block += border * row;
            for (int y = 0; y < height; y++)
            {
                float* pixel = block + (border * T.Count);
                if (upsample)
                {
                    for (int x = 0; x < width; x += 2)
                    {
                        T value = T.Load(images);
                        T.Store(value, pixel);
                        T.Store(value, pixel + T.Count);
                        pixel += 2 * T.Count;
                        images += stride;
                    }

                    if (y % 2 == 0) images -= width / 2 * stride;
                }
                else
                {
                    for (int x = 0; x < width; x++)
                    {
                        T.Store(T.Load(images), pixel);
                        pixel += T.Count;
                        images += stride;
                    }
                }

                block += row;
            }

            block += border * row;
        }
    }

    /// <summary>
    /// images[c][y][x] = the sum of the four pixels of block[c] that upsampling makes of one: ((00 + 01) + (10 + 11)).
    /// </summary>
    /// <param name="block">channels × height × width vectors.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows of a block's image, an even number.</param>
    /// <param name="width">Columns of a block's image, an even number.</param>
    /// <param name="images">Receives the first pixel of the vector of samples and those after it.</param>
    /// <param name="stride">Floats between two pixels of images.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreHalved<T>(float* block, int channels, int height, int width, float* images, nint stride)
        where T : struct, ILanes<T>
    {
        nint row = (nint)width * T.Count;
        for (int y = 0; y < channels * height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                T above = T.Load(block) + T.Load(block + T.Count), below = T.Load(block + row) + T.Load(block + row + T.Count);
                T.Store(above + below, images);
                block += 2 * T.Count;
                images += stride;
            }

            block += row;
        }
    }

    /// <summary>
    /// Puts images that lie without a border, from the first float of a block on, into one of zeros, in place: from the last pixel to the
    /// first, none of which moves to where another still lies.
    /// </summary>
    /// <param name="block">channels × (height + 2·border) × (width + 2·border) vectors.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows of an image without its border.</param>
    /// <param name="width">Columns of an image without its border.</param>
    /// <param name="border">Rows and columns around an image.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddBorder<T>(float* block, int channels, int height, int width, int border)
        where T : struct, ILanes<T>
    {
        int rowPixels = width + (2 * border), planeRows = height + (2 * border);
        for (int row = (channels * planeRows) - 1; row >= 0; row--)
        {
            (int channel, int y) = (row / planeRows, (row % planeRows) - border);
            float* target = block + ((nint)row * rowPixels * T.Count);
            if (y < 0 || y >= height)
            {
                new Span<float>(target, rowPixels * T.Count).Clear();
                continue;
            }

            float* source = block + ((((nint)channel * height) + y) * width * T.Count);
            new ReadOnlySpan<float>(source, width * T.Count).CopyTo(new Span<float>(target + (border * T.Count), width * T.Count));
            new Span<float>(target, border * T.Count).Clear();
            new Span<float>(target + ((border + width) * T.Count), border * T.Count).Clear();
        }
    }
}
