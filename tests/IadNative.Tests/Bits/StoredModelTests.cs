using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IadNative.Cli;
using IadNative.Compute.Cpu;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Bits;

/// <summary>
/// Model files of a release, each with its command line and with the scores that the release gave its data: they load, score to
/// the same bits, and are made again byte for byte.
/// </summary>
internal sealed partial class StoredModelTests
{
    private const string Maker = "256-bit vectors", ScoresFile = "Models/scores.txt";

    private static readonly Dictionary<string, string> s_commands = RecordedFile.Read("Models/models.txt");
    private static readonly Lazy<Dictionary<string, string>> s_scores = new(() => RecordedFile.Read(ScoresFile));

    private static IEnumerable<string> Names => s_commands.Keys;

    /// <summary>
    /// On vectors for which scores are recorded they are the same to the bit. On others, such as those of 512 bits, which no
    /// machine had that recorded, they lie within 4 units in the last place of the largest recorded score.
    /// </summary>
    [TestCaseSource(nameof(Names))]
    public void A_stored_model_scores_as_the_release_did(string name)
    {
        float[] scores = Score(name);
        if (s_scores.Value.TryGetValue(Key(name, CpuDevice.InstructionSet), out string? recorded))
        {
            Assert.That(Hex(scores), Is.EqualTo(recorded));
            return;
        }

        float[] expected = [.. s_scores.Value[Key(name, Maker)].Split(' ').Select(
            bits => BitConverter.UInt32BitsToSingle(uint.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
        float largest = expected.Max(float.Abs), tolerance = 4 * (float.BitIncrement(largest) - largest);
        Assert.That(scores, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < scores.Length; i++)
            Assert.That(Math.Abs(scores[i] - expected[i]) <= tolerance, Is.True, $"row {i + 1}: {scores[i]:R}, not {expected[i]:R}");
    }

    [TestCaseSource(nameof(Names))]
    public void The_same_command_makes_the_stored_file_again(string name)
    {
        if (CpuDevice.InstructionSet != Maker)
            Assert.Ignore($"The files were made with {Maker}; this machine computes with {CpuDevice.InstructionSet}.");
        using var folder = new TestFolder();
        string[] command = s_commands[name].Split(' ');
        CliRun fit = CliRun.Of(
            ["fit", RecordedFile.PathOf($"Models/{command[0]}"), .. command[1..], "--device", "cpu", "--out", folder.File("again.iad")]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(WithoutVersion(folder.File("again.iad")), Is.EqualTo(WithoutVersion(ModelOf(name))));
    }

    /// <summary>Adds the scores of this build on this process's vectors, for models that were made anew.</summary>
    [Test, Explicit("It records; it proves nothing.")]
    public void Record()
    {
        Dictionary<string, string> scores = s_scores.Value;
        foreach (string name in Names) scores[Key(name, CpuDevice.InstructionSet)] = Hex(Score(name));
        RecordedFile.Write(ScoresFile, scores.Select(line => (line.Key, line.Value)));
    }

    private static string Key(string name, string instructionSet) => $"{name}, {instructionSet}";

    private static string ModelOf(string name) => RecordedFile.PathOf($"Models/{name}.iad");

    private static string Hex(float[] scores) =>
        string.Join(' ', scores.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8", CultureInfo.InvariantCulture)));

    // Scores are printed so that they read back to the same bits.
    private static float[] Score(string name)
    {
        CliRun run = CliRun.Of("score", ModelOf(name), RecordedFile.PathOf($"Models/{s_commands[name].Split(' ')[0]}"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        return [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(
            line => float.Parse(line.Split(',')[1], CultureInfo.InvariantCulture))];
    }

    // Header without the version, and without the spaces that fill it up; then the tensors.
    private static byte[] WithoutVersion(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int end = 8 + (int)BitConverter.ToInt64(file);
        string header = Encoding.UTF8.GetString(file[8..end]), rest = VersionPattern().Replace(header, "");
        Assert.That(rest, Has.Length.LessThan(header.Length), "the version is found");
        return [.. Encoding.UTF8.GetBytes(rest.TrimEnd()), .. file[end..]];
    }

    [GeneratedRegex(@"IadNative .*?(?=\\u0022)")]
    private static partial Regex VersionPattern();
}
