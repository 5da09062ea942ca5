using System.Globalization;
using IadNative.Cli;
using IadNative.Compute.Cpu;
using IadNative.Tests.Cli;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Bits;

/// <summary>
/// Model files of a release, each with its command line and with the scores that the release gave its data: they load, score to
/// the same bits, and the same command makes their numbers again to the bit.
/// </summary>
internal sealed class StoredModelTests
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
        ModelFile again = new(File.ReadAllBytes(folder.File("again.iad"))), stored = new(File.ReadAllBytes(ModelOf(name)));
        AssertSameTensors(again, stored);
        foreach ((string field, System.Text.Json.Nodes.JsonNode? value) in stored.Description)
        {
            // Later formats say more of features.
            if (field is not ("format" or "createdBy" or "features"))
                Assert.That(again.Description[field]?.ToJsonString(), Is.EqualTo(value?.ToJsonString()), field);
        }
    }

    /// <summary>The stored files are from before there were checksums.</summary>
    [TestCaseSource(nameof(Names))]
    public void A_stored_model_without_a_checksum_loads_with_a_note_and_gets_one_when_it_is_saved_again(string name)
    {
        AnomalyDetector stored = AnomalyDetector.Load(ModelOf(name)), again = SyntheticData.Loaded(stored.Saved());
        Assert.That((stored.IsChecked, again.IsChecked), Is.EqualTo((false, true)));
        AssertSameTensors(new ModelFile(stored.Saved()), new ModelFile(File.ReadAllBytes(ModelOf(name))));
        string data = RecordedFile.PathOf($"Models/{s_commands[name].Split(' ')[0]}");
        Assert.That(CliRun.Of("score", ModelOf(name), data).Err, Does.Contain("has no checksum").And.Contain(name));
        CliRun info = CliRun.Of("info", ModelOf(name));
        Assert.That(info.Code, Is.EqualTo(ExitCodes.Success), info.Err);
        Assert.That(info.Err, Does.Contain("has no checksum"));
        Assert.That(info.Out, Does.Match(@"checked\s+no"));
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

    private static void AssertSameTensors(ModelFile actual, ModelFile expected)
    {
        Assert.That(actual.Tensors.Keys, Is.SupersetOf(expected.Tensors.Keys));
        foreach ((string name, ModelFile.Tensor tensor) in expected.Tensors)
        {
            Assert.That((actual.Tensors[name].ElementType, actual.Tensors[name].Shape), Is.EqualTo((tensor.ElementType, tensor.Shape)), name);
            Assert.That(actual.Tensors[name].Data, Is.EqualTo(tensor.Data), name);
        }
    }
}
