using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Tests.Compute.Twin;

/// <content>Convolutions and what stands around them.</content>
internal sealed partial class TwinInterpreter<T>
{
    private void Forward(ConvForward conv, bool training)
    {
        ConvLayer layer = conv.Layer;
        T[] x = layer.Upsample ? Upsampled(this[conv.Input], layer) : this[conv.Input];
        T[] parameters = State.Parameters, z = new T[_rows.Length * layer.OutputChannels * layer.Size.Pixels];
        (int Weight, int Input)[][] taps = Taps(layer);
        for (int i = 0; i < z.Length; i++)
        {
            T bias = Parameter(layer.Bias, Channel(i, layer.OutputChannels, layer.Size), T.Zero);
            T sum = BiasLast ? T.Zero : bias;
            int first = FirstInput(layer, i);
            foreach ((int weight, int input) in taps[i % taps.Length]) sum += parameters[weight] * x[first + input];
            z[i] = BiasLast ? sum + bias : sum;
        }

        if (layer.Norm is { } norm) Normalize(layer.Name, norm, z, training);
        for (int i = 0; i < z.Length; i++) z[i] *= Slope(layer.Slope, z[i]);
        _images[layer.Name] = z;
        this[conv.Output] = layer.Pool ? [.. Largest(layer, z).Select(i => z[i])] : z;
    }

    private void Backward(ConvBackward conv)
    {
        ConvLayer layer = conv.Layer;
        T[] x = layer.Upsample ? Upsampled(this[conv.Input], layer) : this[conv.Input];
        T[] output = _images[layer.Name], d = [.. this[conv.OutputGradient]];
        if (layer.Pool)
        {
            T[] pooled = d;
            d = new T[output.Length];
            foreach ((T value, int i) in pooled.Zip(Largest(layer, output))) d[i] = value;
        }

        for (int i = 0; i < d.Length; i++) d[i] *= Slope(layer.Slope, output[i]);
        if (layer.Norm is { } norm) NormalizeBackward(layer.Name, norm, d);
        if (layer.Bias is { } bias) Gradient.AsSpan(bias.Offset, bias.Length).Clear();
        Gradient.AsSpan(layer.Weight.Offset, layer.Weight.Length).Clear();
        T[] parameters = State.Parameters, dx = new T[x.Length];
        (int Weight, int Input)[][] taps = Taps(layer);
        for (int n = 0; n < d.Length; n++)
        {
            int i = Backwards ? d.Length - 1 - n : n;
            if (layer.Bias is not null) Gradient[layer.Bias.Offset + Channel(i, layer.OutputChannels, layer.Size)] += d[i];
            int first = FirstInput(layer, i);
            foreach ((int weight, int input) in taps[i % taps.Length])
            {
                Gradient[weight] += d[i] * x[first + input];
                dx[first + input] += parameters[weight] * d[i];
            }
        }

        if (conv.InputGradient is not null) this[conv.InputGradient] = layer.Upsample ? Gathered(dx, layer) : dx;
    }

    // The weights and inputs, as places in the parameter block and in a sample, that meet in each output of a sample.
    private (int Weight, int Input)[][] Taps(ConvLayer layer)
    {
        if (!_taps.TryGetValue(layer.Name, out (int Weight, int Input)[][]? taps))
        {
            taps = [.. Enumerable.Range(0, layer.OutputChannels * layer.Size.Pixels).Select(i => Taps(layer, i).ToArray())];
            _taps.Add(layer.Name, taps);
        }

        return taps;
    }

    // Where the input of an output's sample begins.
    private static int FirstInput(ConvLayer layer, int output) =>
        output / layer.Size.Pixels / layer.OutputChannels * layer.InputChannels * layer.Size.Pixels;

    private IEnumerable<(int Weight, int Input)> Taps(ConvLayer layer, int output)
    {
        (int height, int width) = (layer.Size.Height, layer.Size.Width);
        int o = Channel(output, layer.OutputChannels, layer.Size);
        (int y, int x) = (output % layer.Size.Pixels / width, output % width);
        int taps = 25 * layer.InputChannels;
        for (int n = 0; n < taps; n++)
        {
            int tap = Backwards ? taps - 1 - n : n, i = tap / 25, row = y + (tap % 25 / 5) - 2, column = x + (tap % 5) - 2;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            yield return (
                layer.Weight.Offset + (o * taps) + tap,
                (((i * height) + row) * width) + column);
        }
    }

    // For each output of the pooling, where the largest number of its window is: the first of several.
    private static IEnumerable<int> Largest(ConvLayer layer, T[] image)
    {
        int width = layer.Size.Width;
        for (int row = 0; row < image.Length / width; row += 2)
        {
            for (int column = 0; column < width; column += 2)
            {
                int first = (row * width) + column, best = first;
                foreach (int i in new[] { first + 1, first + width, first + width + 1 })
                {
                    if (image[i] > image[best]) best = i;
                }

                yield return best;
            }
        }
    }

    private static T[] Upsampled(T[] image, ConvLayer layer) =>
        [.. Enumerable.Range(0, 4 * image.Length).Select(i => image[Source(i, layer.Size.Width)])];

    private static T[] Gathered(T[] gradient, ConvLayer layer)
    {
        var sums = new T[gradient.Length / 4];
        for (int i = 0; i < gradient.Length; i++) sums[Source(i, layer.Size.Width)] += gradient[i];
        return sums;
    }

    // Where a pixel of the upsampled images comes from; both sides are even, so that rows of all images may be counted through.
    private static int Source(int pixel, int width) => (pixel / width / 2 * (width / 2)) + (pixel % width / 2);

    private static int Channel(int place, int channels, ImageShape size) => place / size.Pixels % channels;
}
