using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>z of one vector of samples after the other, with the buffers of one thread.</summary>
internal abstract unsafe class ForwardConvolution<T>
    where T : struct, ILanes<T>
{
    /// <summary>Floats of weights as <see cref="Run"/> reads them.</summary>
    public abstract int WeightLength { get; }

    /// <summary>The way that a layer's rule chooses.</summary>
    public static ForwardConvolution<T> Of(ConvLayer layer) =>
        !ConvolutionRule.IsFilteredForward(layer) ? new DirectForwardConvolution<T>(layer)
        : layer.Upsample ? new FilteredForwardConvolution<T, UpsampledFilter>(layer)
        : new FilteredForwardConvolution<T, SameSizeFilter>(layer);

    /// <summary>Brings the layer's weights into the order and form in which <see cref="Run"/> reads them.</summary>
    public abstract void Arrange(float* weights, float* arranged);

    /// <summary>z, outputs × height × width vectors, of the vector of samples whose first pixel is given.</summary>
    /// <param name="images">The first pixel on the way in.</param>
    /// <param name="stride">Floats between two pixels.</param>
    /// <param name="arranged">Arranged weights.</param>
    /// <param name="start">What each channel's sums start from; null for 0.</param>
    /// <param name="z">Receives the sums.</param>
    public abstract void Run(float* images, nint stride, float* arranged, float* start, float* z);
}

/// <summary>The direct way, of images in a border of zeros.</summary>
internal sealed unsafe class DirectForwardConvolution<T>(ConvLayer layer) : ForwardConvolution<T>
    where T : struct, ILanes<T>
{
    private readonly FloatBuffer _bordered = new(checked((int)(layer.InputChannels * layer.BorderedPixels * T.Count)));

    public override int WeightLength => layer.Weight.Length;

    public override void Arrange(float* weights, float* arranged) =>
        Convolution.Arrange(weights, layer.OutputChannels, layer.InputChannels, turned: false, arranged);

    public override void Run(float* images, nint stride, float* arranged, float* start, float* z)
    {
        (int height, int width) = (layer.Size.Height, layer.Size.Width);
        ImageBlock.Load<T>(images, stride, layer.InputChannels, height, width, layer.Upsample, ConvLayer.Border, _bordered.Pointer);
        Convolution.Forward<T>(
            _bordered.Pointer, arranged, start, layer.InputChannels, layer.OutputChannels, height, width, z, T.Count);
    }
}

/// <summary>Minimal filtering, one column of tiles after the other.</summary>
internal sealed unsafe class FilteredForwardConvolution<T, TFilter> : ForwardConvolution<T>
    where T : struct, ILanes<T>
    where TFilter : struct, IRowFilter<TFilter>
{
    private readonly ConvLayer _layer;
    private readonly TileGrid<TFilter> _grid;
    private readonly FloatBuffer _columns, _sums;

    public FilteredForwardConvolution(ConvLayer layer)
    {
        _layer = layer;
        _grid = TileGrid<TFilter>.Of(layer);
        WeightLength = checked((int)TileGrid<TFilter>.Weights(layer));
        _columns = new FloatBuffer(checked((int)(_grid.BorderedVectors(layer.InputChannels) * T.Count)));
        _sums = new FloatBuffer(Winograd.MostSums * T.Count);
    }

    public override int WeightLength { get; }

    public override void Arrange(float* weights, float* arranged) =>
        Winograd.TransformWeights<TFilter>(weights, _layer.OutputChannels, _layer.InputChannels, turned: false, arranged);

    public override void Run(float* images, nint stride, float* arranged, float* start, float* z)
    {
        (int inputs, int outputs) = (_layer.InputChannels, _layer.OutputChannels * TFilter.Phases);
        var from = new ImagePlanes(images, _grid.Height, _grid.Width, stride, phases: 1);
        var to = new ImagePlanes(z, _layer.Size.Height, _layer.Size.Width, T.Count, TFilter.Phases);
        for (int c = 0; c < _grid.Columns; c++)
        {
            Winograd.TransformBordered<T, TFilter>(from, inputs, _grid, c, _columns.Pointer);
            Winograd.Forward<T, TFilter>(
                _columns.Pointer, arranged, start, inputs, outputs, _grid, c, to, _sums.Pointer);
        }
    }
}
