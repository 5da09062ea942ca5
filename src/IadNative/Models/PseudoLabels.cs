namespace IadNative.Models;

/// <summary>
/// Which samples a model takes for normal and which for anomalous by their scores, to train on: of the share with the lowest scores a
/// part drawn at random, and of the share with the highest.
/// </summary>
/// <param name="NormalShare">Share of the samples that are taken for normal, in (0, 1).</param>
/// <param name="NormalPart">The part of them that is drawn, in (0, 1]; 1 for all, without a draw.</param>
/// <param name="AnomalousShare">Share of the samples that are taken for anomalous, in (0, 1).</param>
/// <param name="AnomalousPart">The part of them that is drawn.</param>
internal readonly record struct PseudoLabels(double NormalShare, double NormalPart, double AnomalousShare, double AnomalousPart)
{
    /// <summary>
    /// The numbers of samples of both kinds: max(1, ⌊share·n⌋), and of these max(1, ⌊part·…⌋), exactly as the decimals are written;
    /// where both parts are more than allowed together, both are drawn in the same proportion fewer.
    /// </summary>
    /// <param name="rows">n, 2 or more.</param>
    /// <param name="most">Samples at most that are drawn, of both kinds together.</param>
    public Counts In(int rows, int most = int.MaxValue)
    {
        int normalPool = Share(NormalShare, rows), anomalousPool = Share(AnomalousShare, rows);
        int normal = Share(NormalPart, normalPool), anomalous = Share(AnomalousPart, anomalousPool);
        if ((long)normal + anomalous > most)
        {
            int fewer = (int)Math.Max(1, (long)most * anomalous / ((long)normal + anomalous));
            (normal, anomalous) = (most - fewer, fewer);
        }

        return new Counts(normalPool, normal, anomalousPool, anomalous);
    }

    private static int Share(double share, int count) => Math.Max(1, (int)decimal.Floor((decimal)share * count));

    /// <summary>Numbers of samples.</summary>
    /// <param name="NormalPool">Samples with the lowest scores that normal ones are drawn from.</param>
    /// <param name="Normal">How many are drawn.</param>
    /// <param name="AnomalousPool">Samples with the highest scores that anomalous ones are drawn from.</param>
    /// <param name="Anomalous">How many are drawn.</param>
    internal readonly record struct Counts(int NormalPool, int Normal, int AnomalousPool, int Anomalous)
    {
        /// <summary>Samples of both kinds that are drawn.</summary>
        public int Drawn => Normal + Anomalous;
    }
}
