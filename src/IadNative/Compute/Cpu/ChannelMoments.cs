namespace IadNative.Compute.Cpu;

/// <summary>
/// Mean and sum of squared deviations of one channel, put together block by block (Chan, Golub and LeVeque, 1979): with δ the
/// distance of the two means, M₂ = M₂ᵃ + M₂ᵇ + δ²·nᵃnᵇ/(nᵃ + nᵇ).
/// </summary>
internal struct ChannelMoments
{
    /// <summary>Numbers so far.</summary>
    public double Count { get; private set; }

    /// <summary>Their mean.</summary>
    public double Mean { get; private set; }

    /// <summary>The sum of their squared deviations from it.</summary>
    public double Squares { get; private set; }

    /// <summary>Takes in a block.</summary>
    public void Add(double count, double mean, double squares)
    {
        double total = Count + count, distance = mean - Mean;
        Squares += squares + (distance * distance * Count * count / total);
        Mean += distance * count / total;
        Count = total;
    }
}
