using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>
    /// Copies weights into the order in which <see cref="Forward"/> reads them: of four output channels at a time, for every
    /// input channel and tap the four weights side by side; of the output channels left over, one after the other.
    /// </summary>
    /// <param name="weights">
    /// outputs × inputs × 25; turned: inputs × outputs × 25, whose taps are turned by 180 degrees on the way, so that a
    /// convolution becomes the one that carries its gradient back.
    /// </param>
    /// <param name="outputs">Output channels of the arranged convolution.</param>
    /// <param name="inputs">Input channels of the arranged convolution.</param>
    /// <param name="turned">Whether it is the way back.</param>
    /// <param name="arranged">Receives outputs · inputs · 25 numbers.</param>
    public static void Arrange(float* weights, int outputs, int inputs, bool turned, float* arranged)
    {
        for (int o = 0; o < outputs;)
        {
            int together = outputs - o >= 4 ? 4 : 1;
            for (int i = 0; i < inputs; i++)
            {
                for (int tap = 0; tap < ConvLayer.Taps; tap++)
                {
                    for (int n = o; n < o + together; n++)
                    {
                        *arranged++ = turned
                            ? weights[(((((nint)i * outputs) + n) + 1) * ConvLayer.Taps) - 1 - tap]
                            : weights[((((nint)n * inputs) + i) * ConvLayer.Taps) + tap];
                    }
                }
            }

            o += together;
        }
    }
}
