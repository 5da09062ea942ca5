using System.Text;
using IadNative.Persistence;
using IadNative.Tests.Persistence;

namespace IadNative.Tests.Detectors;

/// <summary>Whatever single bit of a model file changes, the file is refused.</summary>
public sealed class ChecksumTests
{
    private static readonly Dataset s_table = SyntheticData.Contaminated(n: 40, d: 3);

    private static readonly TrainingOptions s_training = new() { Rounds = 1, Epochs = 1, BatchSize = 16 };

    private static IEnumerable<TestCaseData> Models()
    {
        foreach (BaseModel model in BaseModel.All)
        {
            foreach (int ensemble in (int[])[1, 2])
                yield return Case($"{model.Name} {ensemble}", s_table, new FitOptions { Model = model, Network = new NetworkSpec(4, 2).On(model), Training = s_training with { Ensemble = ensemble } });
        }

        yield return Case("families", s_table, new FitOptions
        {
            Families =
            [
                new DetectorFamily { Network = new NetworkSpec(4, 2), Columns = [2, 0] },
                new DetectorFamily { Model = BaseModel.MaskedAutoregressiveFlow, Network = new NetworkSpec(4) },
            ],
            SharedWeights = false,
            Training = s_training,
        });
        var random = new System.Random(5);
        float[] pixels = [.. Enumerable.Range(0, 20 * 64).Select(_ => random.NextSingle())];
        yield return Case("images", new Dataset("images", pixels, 20, 64) { Image = new ImageShape(8, 8) }, new FitOptions
        {
            Model = BaseModel.Autoencoder, Network = NetworkSpec.Parse("conv3-conv2-4"), Training = s_training,
        });

        static TestCaseData Case(string name, Dataset data, FitOptions options) => new TestCaseData(data, options).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Models))]
    public void A_flipped_bit_anywhere_is_refused(Dataset data, FitOptions options)
    {
        byte[] file = AnomalyDetector.Fit(data, options).Detector.Saved();
        Assert.That(SyntheticData.Loaded(file).IsChecked, Is.True);
        int header = 8 + (int)BitConverter.ToInt64(file), tensors = file.Length - header;
        var random = new System.Random(14);

        // All bits of the header's length, of the checksum and its key, of the mark in the description and of the header's end.
        List<int> bits = [.. Bits(0, 8), .. Bits(Place("\"sha256\""), 80), .. Bits(Place("checksum"), 32), .. Bits(header - 12, 12)];
        bits.AddRange(Enumerable.Range(0, 200).Select(_ => random.Next(8 * 8, 8 * header)));
        bits.AddRange(Enumerable.Range(0, 200).Select(_ => (8 * header) + random.Next(8 * tensors)));
        foreach (int bit in bits)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            ModelFormatException? refusal = Assert.Throws<ModelFormatException>(
                () => SyntheticData.Loaded(file), $"bit {bit % 8} of byte {bit / 8} of {file.Length}, header {header}");
            if (bit >= 8 * header) Assert.That(refusal!.Message, Does.StartWith("model: ").And.Contain("SHA-256").And.Contain("intact copy"));
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(SyntheticData.Loaded(file).IsChecked, Is.True, "all flips are undone");

        int Place(string text) => file.AsSpan(0, header).IndexOf(Encoding.ASCII.GetBytes(text));
        static IEnumerable<int> Bits(int begin, int bytes) => Enumerable.Range(8 * begin, 8 * bytes);
    }

    // The shortest headers: there is no room for as many digits as are looked for.
    [TestCase("")]
    [TestCase("0")]
    [TestCase("00000000000000000000000000000000000000000000000000000000000000000")]
    public void Digits_of_another_length_are_refused(string digits)
    {
        byte[] header = System.Text.Encoding.UTF8.GetBytes($$$"""{"__metadata__":{"sha256":"{{{digits}}}"}}""");
        byte[] file = [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header];
        Assert.That(() => SafetensorsFile.Read(new MemoryStream(file), "file"),
            Throws.TypeOf<ModelFormatException>().With.Message.Contains("SHA-256"));
    }

    [Test]
    public void A_description_that_speaks_of_a_checksum_needs_one()
    {
        byte[] saved = AnomalyDetector.Fit(s_table, new FitOptions { Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(4, 2), Training = s_training }).Detector.Saved();
        var file = new ModelFile(saved);
        Assert.That(SyntheticData.Loaded(file.ToBytes()).IsChecked, Is.False, "as earlier versions wrote it");
        file.Description["checksum"] = "sha256";
        Assert.That(() => SyntheticData.Loaded(file.ToBytes()),
            Throws.TypeOf<ModelFormatException>().With.Message.Contains("speaks of a checksum"));
    }

    [TestCase("")]
    [TestCase("0123")]
    [TestCase("é234567890123456789012345678901234567890123456789012345678901234")]
    public void Digits_that_cannot_be_a_checksum_are_refused(string digits)
    {
        SafetensorsWriter writer = SafetensorsFileTests.Sample();
        writer.Metadata[SafetensorsChecksum.Key] = digits;
        byte[] file = SafetensorsFileTests.Write(writer);
        Assert.That(() => SafetensorsFile.Read(new MemoryStream(file), "file"), Throws.TypeOf<ModelFormatException>());
    }

    [Test]
    public void A_sealed_file_can_be_written_twice_and_says_that_it_is_sealed()
    {
        var writer = new SafetensorsWriter { IsSealed = true };
        writer.Metadata["a"] = "\"sha256\":\"" + SafetensorsChecksum.Placeholder;
        writer.Add<float>("weight", [3], [1, 2, 3]);
        byte[] file = SafetensorsFileTests.Write(writer);
        Assert.That(SafetensorsFileTests.Write(writer), Is.EqualTo(file));
        Assert.That(SafetensorsFile.Read(new MemoryStream(file), "file").IsSealed, Is.True);
        Assert.That(SafetensorsFile.Read(new MemoryStream(SafetensorsFileTests.Write(SafetensorsFileTests.Sample())), "file").IsSealed, Is.False);
    }
}
