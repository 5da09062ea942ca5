using IadNative.Compute.Cpu.Scoring;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The slope of a chord of the leaky ReLU, (y − y₀)/(z − z₀), told from its outputs: what went in is y or y/slope.</summary>
internal static unsafe class LeakyChord
{
    /// <summary>The slope between two outputs: 1 or the ReLU's own on one side of zero, something between them across it.</summary>
    /// <param name="y">An output.</param>
    /// <param name="reference">Another.</param>
    /// <param name="slope">Slope of the ReLU for inputs that are not above zero, above 0.</param>
    public static float Of(float y, float reference, float slope)
    {
        if (y > 0 == reference > 0) return y > 0 ? 1 : slope;
        float z = y > 0 ? y : y / slope, zOfReference = reference > 0 ? reference : reference / slope;
        return (y - reference) / (z - zOfReference);
    }

    /// <summary>Multiplies some multipliers by the slopes of their chords, as <see cref="ICarryingStep"/> does.</summary>
    public static void Carry(float* y, float* reference, float slope, int width, float* multipliers)
    {
        for (int j = 0; slope != 1 && j < width; j++) multipliers[j] *= Of(y[j], reference[j], slope);
    }
}
