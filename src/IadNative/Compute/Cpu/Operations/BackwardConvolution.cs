using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// What follows from dz of one vector of samples after the other: what it adds to the products, of which the gradient of the weights is made at the
/// end, and the gradient of the images; with the buffers of one thread.
/// </summary>
internal abstract unsafe class BackwardConvolution<T>
    where T : struct, ILanes<T>
{
    /// <summary>Floats of weights as <see cref="Run"/> reads them; 0 where it ends here.</summary>
    public abstract int WeightLength { get; }

    /// <summary>Floats that the products take.</summary>
    public abstract int ProductLength { get; }

    /// <summary>The way that a layer's rule chooses.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="passesBack">Whether there is a gradient of the images.</param>
    public static BackwardConvolution<T> Of(ConvLayer layer, bool passesBack) =>
        !ConvolutionRule.IsFilteredBackward(layer, passesBack) ? new DirectBackwardConvolution<T>(layer, passesBack)
        : layer.Upsample ? new FilteredBackwardConvolution<T, UpsampledFilter>(layer, passesBack)
        : new FilteredBackwardConvolution<T, SameSizeFilter>(layer, passesBack);

    /// <summary>Brings the layer's weights into the order and form in which <see cref="Run"/> reads them.</summary>
    public abstract void Arrange(float* weights, float* arranged);

    /// <summary>Goes on from dz.</summary>
    /// <param name="dz">Where dz comes from.</param>
    /// <param name="images">The first pixel on the way in.</param>
    /// <param name="imageGradient">Receives d loss / d images, first pixel and others; null where it ends here.</param>
    /// <param name="stride">Floats between two pixels of both.</param>
    /// <param name="arranged">Arranged weights; not read where it ends here.</param>
    /// <param name="products">What is added to.</param>
    public abstract void Run(ConvGradient<T> dz, float* images, float* imageGradient, nint stride, float* arranged, float* products);

    /// <summary>products += others.</summary>
    public abstract void Add(float* products, float* others);

    /// <summary>The gradient of the weights from the products.</summary>
    public abstract void Collect(float* products, float* gradient);
}

/// <summary>
/// The direct way. Of dz and the images, one stands in a border: dz where it is carried on, the images where it ends here.
/// </summary>
internal sealed unsafe class DirectBackwardConvolution<T> : BackwardConvolution<T>
    where T : struct, ILanes<T>
{
    private readonly ConvLayer _layer;
    private readonly bool _passesBack;
    private readonly int _border, _plane;
    private readonly FloatBuffer _gradients, _images, _imageGradients;

    public DirectBackwardConvolution(ConvLayer layer, bool passesBack)
    {
        _layer = layer;
        _passesBack = passesBack;
        _border = passesBack ? ConvLayer.Border : 0;
        _plane = checked((int)((passesBack ? layer.BorderedPixels : layer.Size.Pixels) * T.Count));
        _gradients = new FloatBuffer(checked(layer.OutputChannels * _plane));
        _images = new FloatBuffer(checked((int)(layer.InputChannels * (passesBack ? layer.Size.Pixels : layer.BorderedPixels) * T.Count)));
        _imageGradients = new FloatBuffer(passesBack && layer.Upsample ? checked(layer.InputChannels * layer.Size.Pixels * T.Count) : 0);
    }

    public override int WeightLength => _passesBack ? _layer.Weight.Length : 0;

    public override int ProductLength => checked(_layer.Weight.Length * T.Count);

    public override void Arrange(float* weights, float* arranged)
    {
        if (_passesBack)
            Convolution.Arrange(weights, _layer.InputChannels, _layer.OutputChannels, turned: true, arranged);
    }

    public override void Run(ConvGradient<T> dz, float* images, float* imageGradient, nint stride, float* arranged, float* products)
    {
        (int inputs, int outputs, int height, int width) =
            (_layer.InputChannels, _layer.OutputChannels, _layer.Size.Height, _layer.Size.Width);
        nint row = (nint)(width + (2 * _border)) * T.Count;
        for (int o = 0; o < outputs; o++)
            dz.Write(o, _gradients.Pointer + ((nint)o * _plane) + (_border * (row + T.Count)), row);
        ImageBlock.Load<T>(images, stride, inputs, height, width, _layer.Upsample, ConvLayer.Border - _border, _images.Pointer);
        if (_passesBack)
        {
            Convolution.AddProducts<T>(_gradients.Pointer, outputs, _images.Pointer, inputs, height, width, products);
            float* target = _layer.Upsample ? _imageGradients.Pointer : imageGradient;
            Convolution.Forward<T>(
                _gradients.Pointer, arranged, null, outputs, inputs, height, width, target, _layer.Upsample ? T.Count : stride);
            if (_layer.Upsample) ImageBlock.StoreHalved<T>(target, inputs, height, width, imageGradient, stride);
        }
        else
        {
            Convolution.AddProducts<T>(_images.Pointer, inputs, _gradients.Pointer, outputs, height, width, products);
        }
    }

    public override void Add(float* products, float* others) => Elementwise.Add<T>(products, others, products, ProductLength);

    public override void Collect(float* products, float* gradient) => Convolution.CollectProducts<T>(
        products, _layer.OutputChannels, _layer.InputChannels, _passesBack, gradient);
}

/// <summary>
/// Minimal filtering, one column of tiles after the other. Again one side has the border, and what is transformed of dz serves both the
/// products and the gradient of the images; where it ends here, dz is made for one column at a time.
/// Products are in float64: they are few, and so many sums over samples and columns of tiles are added that
/// float32 would lose more than all else.
/// </summary>
internal sealed unsafe class FilteredBackwardConvolution<T, TFilter> : BackwardConvolution<T>
    where T : struct, ILanes<T>
    where TFilter : struct, IRowFilter<TFilter>
{
    private readonly ConvLayer _layer;
    private readonly bool _passesBack, _isWhole;
    private readonly TileGrid<TFilter> _grid;
    private readonly int _bordered, _plain, _products;
    private readonly FloatBuffer _gradients, _borderedColumns, _plainColumns, _sums;

    public FilteredBackwardConvolution(ConvLayer layer, bool passesBack)
    {
        _layer = layer;
        _passesBack = passesBack;
        _grid = TileGrid<TFilter>.Of(layer);
        int inputs = layer.InputChannels, phases = checked(layer.OutputChannels * TFilter.Phases);
        (_bordered, _plain) = passesBack ? (phases, inputs) : (inputs, phases);
        _products = checked((int)TileGrid<TFilter>.Weights(_plain, _bordered));
        WeightLength = passesBack ? checked((int)TileGrid<TFilter>.Weights(inputs, phases)) : 0;

        // Columns of a channel follow one another; all are wanted where they overlap, or where their sum is the gradient of a bias.
        _isWhole = passesBack || layer.Bias is not null;
        _gradients = new FloatBuffer(checked(
            (_isWhole ? layer.OutputChannels * layer.Size.Width : Scale * TileGrid<TFilter>.Tile) * layer.Size.Height * T.Count));
        _borderedColumns = new FloatBuffer(checked((int)(_grid.BorderedVectors(_bordered) * T.Count)));
        _plainColumns = new FloatBuffer(checked((int)(_grid.PlainVectors(_plain) * T.Count)));
        _sums = new FloatBuffer(passesBack ? Winograd.MostSums * T.Count : 0);
    }

    public override int WeightLength { get; }

    public override int ProductLength => checked(_products * (sizeof(double) / sizeof(float)));

    // Pixels of z along one side of a pixel on the way in.
    private static int Scale => TFilter.Phases == 1 ? 1 : 2;

    public override void Arrange(float* weights, float* arranged)
    {
        if (_passesBack)
            Winograd.TransformWeights<TFilter>(weights, _layer.OutputChannels, _layer.InputChannels, turned: true, arranged);
    }

    public override void Run(ConvGradient<T> dz, float* images, float* imageGradient, nint stride, float* arranged, float* products)
    {
        (int outputs, int height, int width) = (_layer.OutputChannels, _layer.Size.Height, _layer.Size.Width);
        var from = new ImagePlanes(images, _grid.Height, _grid.Width, stride, phases: 1);
        var to = new ImagePlanes(imageGradient, _grid.Height, _grid.Width, stride, phases: 1);
        var gradients = new ImagePlanes(_gradients.Pointer, height, width, T.Count, TFilter.Phases);
        float* bordered = _borderedColumns.Pointer, plain = _plainColumns.Pointer;
        for (int o = 0; o < outputs && _isWhole; o++)
            dz.Write(o, _gradients.Pointer + ((nint)o * _layer.Size.Pixels * T.Count), (nint)width * T.Count);
        for (int c = 0; c < _grid.Columns; c++)
        {
            Winograd.TransformBordered<T, TFilter>(_passesBack ? gradients : from, _bordered, _grid, c, bordered);
            if (_isWhole)
            {
                Winograd.TransformPlain<T, TFilter>(_passesBack ? from : gradients, 0, _plain, _plain, _grid, c, plain);
            }
            else
            {
                for (int o = 0; o < outputs; o++) TransformPlain(dz, o, c);
            }

            Winograd.AddProducts<T, TFilter>(bordered, _bordered, plain, _plain, _grid, (double*)products);
            if (!_passesBack) continue;
            Winograd.Forward<T, TFilter>(
                bordered, arranged, null, _bordered, _plain, _grid, c, to, _sums.Pointer);
        }
    }

    // One channel of dz in a column of tiles.
    private void TransformPlain(ConvGradient<T> dz, int channel, int column)
    {
        int x = column * TileGrid<TFilter>.Tile, width = Math.Min(TileGrid<TFilter>.Tile, _grid.Width - x);
        dz.Write(channel, Scale * x, Scale * width, _gradients.Pointer, (nint)Scale * width * T.Count);
        var strip = new ImagePlanes(_gradients.Pointer, _layer.Size.Height, Scale * width, T.Count, TFilter.Phases);
        Winograd.TransformPlain<T, TFilter>(
            strip, channel * TFilter.Phases, TFilter.Phases, _plain, _grid with { Width = width }, column: 0, _plainColumns.Pointer);
    }

    public override void Add(float* products, float* others)
    {
        double* sums = (double*)products, added = (double*)others;
        for (int i = 0; i < _products; i++) sums[i] += added[i];
    }

    public override void Collect(float* products, float* gradient) => Winograd.CollectProducts<TFilter>(
        (double*)products, _layer.OutputChannels, _layer.InputChannels, _passesBack, gradient);
}
