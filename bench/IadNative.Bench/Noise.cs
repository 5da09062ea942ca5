using IadNative.Compute.Cpu;
using IadNative.Random;

namespace IadNative.Bench;

/// <summary>Numbers that are no trap for the hardware: neither zero, nor denormal, nor growing without end.</summary>
internal static class Noise
{
    /// <summary>A block of uniform numbers in ±0.1.</summary>
    public static FloatBuffer Buffer(int length)
    {
        var buffer = new FloatBuffer(length);
        new RandomSequence(key: 0, RandomPurpose.InitialWeights, member: 0).FillUniform(buffer.Span, 0.1f);
        return buffer;
    }
}
