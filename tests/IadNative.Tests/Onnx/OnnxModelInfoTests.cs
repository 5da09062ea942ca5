using IadNative.Onnx;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Onnx;

/// <summary>What is read of an exported model, and what is made of files that are none.</summary>
public sealed class OnnxModelInfoTests
{
    private readonly string _path = Path.GetTempFileName();

    [TearDown]
    public void Remove() => File.Delete(_path);

    [Test]
    public void A_model_says_what_the_detector_says_of_itself([Values("auto", "svdd x3", "categories ae", "images svdd")] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        detector.ExportOnnx(_path);
        OnnxModelInfo info = OnnxModelInfo.Read(_path);
        Assert.Multiple(() =>
        {
            Assert.That(info.Producer, Does.StartWith("IadNative "));
            Assert.That((info.IrVersion, info.Opset), Is.EqualTo((7, OnnxExport.Opset)));
            Assert.That(info.Inputs, Is.EqualTo((string[])[$"rows: float32 [rows, {detector.Features}]"]));
            Assert.That(info.Nodes, Is.GreaterThan(10));
            Assert.That(info.Model, Is.EqualTo(detector.Model.Name));
            Assert.That(info.Options.ToString(), Is.EqualTo(SyntheticData.Loaded(detector.Saved()).Options.ToString()));
            Assert.That(info.Columns.Select(column => column.Name), Is.EqualTo(detector.FeatureNames));
            Assert.That(info.Columns.SelectMany(column => column.Levels), Is.EqualTo(detector.Columns.SelectMany(column => column.Levels)));
            Assert.That(info.Threshold, Is.EqualTo(detector.Threshold));
            Assert.That(info.Detector.Image, Is.EqualTo(detector.Image));
            Assert.That(info.Detector.Members, Is.EqualTo(detector.Members));
        });
    }

    [Test]
    public void A_file_that_is_none_is_refused()
    {
        DetectorKinds.Fitted("svdd").Save(_path);
        Assert.That(() => OnnxModelInfo.Read(_path), Throws.TypeOf<ModelFormatException>());
        File.WriteAllBytes(_path, []);
        Assert.That(() => OnnxModelInfo.Read(_path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("iadnative"));

        // A graph of 200 empty inputs of two bytes each, and one whose length is not that of what is in it.
        File.WriteAllBytes(_path, [0x3A, 0x90, 0x03, .. Enumerable.Repeat((byte[])[0x5A, 0], 200).SelectMany(input => input)]);
        Assert.That(() => OnnxModelInfo.Read(_path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("more than 100"));
        File.WriteAllBytes(_path, [0x3A, 0x01, 0x5A, 0]);
        Assert.That(() => OnnxModelInfo.Read(_path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("does not end"));
    }

    // Cut anywhere, or with a byte that is another, a file is read or refused; nothing else happens.
    [Test]
    public void A_damaged_file_is_refused_or_read()
    {
        DetectorKinds.Fitted("svdd").ExportOnnx(_path);
        byte[] file = File.ReadAllBytes(_path);
        var random = new System.Random(1);
        int refused = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            byte[] damaged = trial % 2 == 0 ? file[..random.Next(file.Length)] : [.. file];
            if (damaged.Length > 0 && trial % 2 == 1) damaged[random.Next(trial % 4 == 1 ? 400 : damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(_path, damaged);
            try
            {
                OnnxModelInfo.Read(_path);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(1000));
    }
}
