using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using IadNative.Compute;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Tests.Compute;

namespace IadNative.Tests.Bits;

/// <summary>
/// What training computes, to the bit, on every device that gives the same bits on every machine: the numbers of the kept
/// networks, the training scores and the reports of all rounds. What the detector scores by itself is not among them: that
/// depends on the machine's own vectors.
/// </summary>
internal sealed class TrainedBitsTests
{
    private const string RecordedBits = "TrainedBits.txt";

    private static readonly Lazy<Dictionary<string, string>> s_recorded = new(() => RecordedFile.Read(RecordedBits));

    private static IEnumerable<TestCaseData> Cases =>
        BitsCases.TrainingDevices.SelectMany(device => BitsCases.Names.Select(name => Devices.Case(device, name)));

    [TestCaseSource(nameof(Cases))]
    public void Training_gives_the_recorded_bits(IDevice device, string name) =>
        Assert.That(Checksum(device, name), Is.EqualTo(s_recorded.Value[Key(device, name)]));

    /// <summary>Records the bits of this build, for a change that is meant to change them.</summary>
    [Test, Explicit("It records; it proves nothing.")]
    public void Record() => RecordedFile.Write(RecordedBits, BitsCases.TrainingDevices.SelectMany(device =>
        BitsCases.Names.Select(name => (Key(device, name), Checksum(device, name)))));

    private static string Key(IDevice device, string name) => $"{name}, {device}";

    private static string Checksum(IDevice device, string name)
    {
        FitResult result = AnomalyDetector.Fit(BitsCases.Data(name), BitsCases.Options(name, device));
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] numbers in BitsCases.TrainedNumbers(result.Detector)) hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan()));
        float[] scores = [.. result.TrainingScores!];
        hash.AppendData(MemoryMarshal.AsBytes(scores.AsSpan()));
        foreach (RunReport run in result.Runs)
        {
            foreach (RoundReport round in run.Rounds)
            {
                string line = string.Create(CultureInfo.InvariantCulture,
                    $"{run.Seed} {run.SelectedRound} {round.Round} {round.RankFlips} {round.ScoreMin:R} {round.ScoreMedian:R} ")
                    + string.Create(CultureInfo.InvariantCulture,
                        $"{round.ScoreMax:R} {round.DistinctScores} {round.OtsuRatio:R} {round.WeightMean:R} {round.Loss:R}\n");
                hash.AppendData(Encoding.UTF8.GetBytes(line));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
