using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>
/// The training passes of one convolution and what stands around it. They go through the batch in blocks of as many samples as a
/// vector has lanes, so that the images of a block stay in the cache from one operation to the next; only z, the sums of the
/// convolution, is kept of the whole batch, from which the backward pass finds the rest again.
/// </summary>
internal sealed unsafe class CpuConvolution<T>
    where T : struct, ILanes<T>
{
    private readonly ConvLayer _layer;
    private readonly int _stride, _height, _width, _pixels, _borderedPixels;
    private readonly bool _passesBack;
    private readonly FloatBuffer _z, _arranged, _borderedInput, _inputBlock, _gradientBlock, _passedBack, _products;
    private readonly ChannelMap[] _maps;
    private readonly ChannelMoments[] _moments;
    private readonly (double Gradient, double Product)[] _sums;

    /// <summary>Room for batches whose activations have <paramref name="stride"/> floats between two features.</summary>
    public CpuConvolution(ConvLayer layer, int stride, bool passesBack)
    {
        _layer = layer;
        _stride = stride;
        _passesBack = passesBack;
        (_height, _width) = (layer.Size.Height, layer.Size.Width);
        _pixels = layer.Size.Pixels;
        _borderedPixels = (_height + (2 * ConvLayer.Border)) * (_width + (2 * ConvLayer.Border));
        int inputs = layer.InputChannels, outputs = layer.OutputChannels;
        _z = new FloatBuffer(checked(outputs * _pixels * stride));
        _arranged = new FloatBuffer(layer.Weight.Length);
        _borderedInput = new FloatBuffer(checked(inputs * _borderedPixels * T.Count));
        _inputBlock = new FloatBuffer(passesBack ? checked(inputs * _pixels * T.Count) : 0);
        _gradientBlock = new FloatBuffer(checked(outputs * (passesBack ? _borderedPixels : _pixels) * T.Count));
        _passedBack = new FloatBuffer(passesBack && layer.Upsample ? checked(inputs * _pixels * T.Count) : 0);
        _products = new FloatBuffer(checked(layer.Weight.Length * T.Count));
        _maps = new ChannelMap[outputs];
        _moments = new ChannelMoments[outputs];
        _sums = new (double, double)[outputs];
    }

    /// <summary>From input to output; moves the running statistics.</summary>
    public void Forward(CpuReplica replica, float* input, float* output, int samples)
    {
        float* parameters = replica.Parameters.Pointer;
        float* start = _layer.Bias is { } bias ? parameters + bias.Offset : null;
        int inputs = _layer.InputChannels, outputs = _layer.OutputChannels;
        Convolution.Arrange(parameters + _layer.Weight.Offset, outputs, inputs, turned: false, _arranged.Pointer);
        Array.Clear(_moments);
        for (int s = 0; s < samples; s += T.Count)
        {
            LoadInput(input + s, ConvLayer.Border, _borderedInput);
            Convolution.Forward<T>(
                _borderedInput.Pointer, _arranged.Pointer, start, inputs, outputs, _height, _width, Z(s), T.Count);
            if (_layer.Norm is null) continue;
            int lanes = Math.Min(T.Count, samples - s);
            for (int o = 0; o < outputs; o++)
            {
                (double mean, double squares) = Reduce.Moments<T>(Z(s, o), _pixels, lanes);
                _moments[o].Add((double)_pixels * lanes, mean, squares);
            }
        }

        for (int o = 0; o < outputs; o++) _maps[o] = Map(o, replica);
        for (int s = 0; s < samples; s += T.Count)
        {
            for (int o = 0; o < outputs; o++)
            {
                ChannelActivation.Forward<T>(
                    Z(s, o), _maps[o], _height, _width, _layer.Pool, samples - s, Output(output, s, o), _stride);
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>
    /// From the output's gradient to those of the parameters and, unless it is null, the input, after a forward pass on the same
    /// batch.
    /// </summary>
    public void Backward(CpuReplica replica, float* input, float* outputGradient, float* inputGradient, int samples)
    {
        float* parameters = replica.Parameters.Pointer, gradients = replica.Gradient.Pointer;
        int inputs = _layer.InputChannels, outputs = _layer.OutputChannels;
        AddUp(outputGradient, samples);
        double count = (double)_pixels * samples;
        for (int o = 0; o < outputs; o++)
        {
            (double gradient, double product) = _sums[o];
            if (_layer.Norm?.Scale is { } scale) gradients[scale.Offset + o] = (float)product;
            if (_layer.Norm?.Shift is { } shift) gradients[shift.Offset + o] = (float)gradient;
            if (_layer.Bias is { } bias) gradients[bias.Offset + o] = 0;
            _sums[o] = (gradient / count, product / count);
        }

        // One of the two stands in a border: the gradient where it is carried on, the images where it ends here.
        float* weights = parameters + _layer.Weight.Offset;
        if (_passesBack) Convolution.Arrange(weights, inputs, outputs, turned: true, _arranged.Pointer);
        for (int s = 0; s < samples; s += T.Count)
        {
            LoadGradient(outputGradient, s, samples, gradients);
            if (_passesBack)
            {
                LoadInput(input + s, 0, _inputBlock);
                Convolution.AddProducts<T>(
                    _gradientBlock.Pointer, outputs, _inputBlock.Pointer, inputs, _height, _width, _products.Pointer);
                PassBack(inputGradient + s);
            }
            else
            {
                LoadInput(input + s, ConvLayer.Border, _borderedInput);
                Convolution.AddProducts<T>(
                    _borderedInput.Pointer, inputs, _gradientBlock.Pointer, outputs, _height, _width, _products.Pointer);
            }
        }

        Convolution.CollectProducts<T>(_products.Pointer, outputs, inputs, _passesBack, gradients + _layer.Weight.Offset);
        GC.KeepAlive(this);
    }

    private float* Z(int sample, int channel = 0) =>
        _z.Pointer + ((((nint)sample * _layer.OutputChannels) + ((nint)channel * T.Count)) * _pixels);

    private float* Output(float* activation, int sample, int channel) =>
        activation + sample + ((nint)channel * _layer.OutputSize.Pixels * _stride);

    private void LoadInput(float* input, int border, FloatBuffer block) => ImageBlock.Load<T>(
        input, _stride, _layer.InputChannels, _height, _width, _layer.Upsample, border, block.Pointer);

    // What batch norm makes of a channel with the moments of this batch; moves the running statistics.
    private ChannelMap Map(int channel, CpuReplica replica)
    {
        if (_layer.Norm is not { } norm) return ChannelMap.Plain(_layer.Slope);
        ChannelMoments moments = _moments[channel];
        float* parameters = replica.Parameters.Pointer, statistics = replica.Statistics.Pointer;
        ref float runningMean = ref statistics[norm.RunningMean.Offset + channel];
        ref float runningVariance = ref statistics[norm.RunningVariance.Offset + channel];
        runningMean += BatchNorm.Momentum * ((float)moments.Mean - runningMean);
        runningVariance += BatchNorm.Momentum * ((float)(moments.Squares / (moments.Count - 1)) - runningVariance);
        float inverse = (float)(1 / Math.Sqrt((moments.Squares / moments.Count) + BatchNorm.Epsilon));
        float gamma = norm.Scale is null ? 1 : parameters[norm.Scale.Offset + channel];
        float beta = norm.Shift is null ? 0 : parameters[norm.Shift.Offset + channel];
        return new ChannelMap((float)moments.Mean, inverse, gamma * inverse, beta, _layer.Slope);
    }

    // Σ dy and Σ dy·ẑ of each channel; zero without batch norm, where nobody needs them.
    private void AddUp(float* outputGradient, int samples)
    {
        Array.Clear(_sums);
        if (_layer.Norm is null) return;
        for (int s = 0; s < samples; s += T.Count)
        {
            for (int o = 0; o < _layer.OutputChannels; o++)
            {
                (float gradient, float product) = ChannelActivation.Sums<T>(
                    Z(s, o), _maps[o], _height, _width, _layer.Pool, Output(outputGradient, s, o), _stride);
                _sums[o].Gradient += gradient;
                _sums[o].Product += product;
            }
        }
    }

    // dz of a block, in a border if it is to be carried on; adds to the gradient of the bias.
    private void LoadGradient(float* outputGradient, int s, int samples, float* gradients)
    {
        int border = _passesBack ? ConvLayer.Border : 0, rowPixels = _width + (2 * border);
        nint row = (nint)rowPixels * T.Count, plane = (_passesBack ? _borderedPixels : _pixels) * (nint)T.Count;
        float* dz = _gradientBlock.Pointer + ((((nint)border * rowPixels) + border) * T.Count);
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            float sum = ChannelActivation.Backward<T>(
                Z(s, o), _maps[o], _height, _width, _layer.Pool, Output(outputGradient, s, o), _stride, (float)_sums[o].Gradient,
                (float)_sums[o].Product, samples - s, dz + (o * plane), row);
            if (_layer.Bias is { } bias) gradients[bias.Offset + o] += sum;
        }
    }

    private void PassBack(float* inputGradient)
    {
        int inputs = _layer.InputChannels, outputs = _layer.OutputChannels;
        float* target = _layer.Upsample ? _passedBack.Pointer : inputGradient;
        Convolution.Forward<T>(
            _gradientBlock.Pointer, _arranged.Pointer, null, outputs, inputs, _height, _width, target,
            _layer.Upsample ? T.Count : _stride);
        if (_layer.Upsample) ImageBlock.StoreHalved<T>(target, inputs, _height, _width, inputGradient, _stride);
    }
}
