using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>Rows that a program has on the device: fitted as they would be from the host, scored, and refused where they are none.</summary>
[Category("Emulator"), Category("Slow")]
public sealed class DeviceRowsTests
{
    private const int Rows = 131, Columns = 5;

    private static readonly float[] s_values = [.. Enumerable.Range(0, Rows * Columns).Select(i => (float)Math.Sin(i * i) * (1 + (i % Columns)))];
    private static readonly bool[] s_labels = [.. Enumerable.Range(0, Rows).Select(row => row % 7 == 0)];
    private static readonly string[] s_names = ["a", "b", "c", "d", "e"];

    private FaultyDriver _driver = null!;
    private CudaDevice _device = null!;
    private ulong _memory;

    [SetUp]
    public void Open()
    {
        ClangCompiler.IgnoreIfMissing();
        _driver = new FaultyDriver(new EmulatedCudaDriver(EmulatorOptions.Numbers));
        _device = new CudaDevice(_driver) { IsolateBuffers = true };
        _memory = _driver.Allocate((Rows * Columns + Rows + 2) * sizeof(float));
        _driver.CopyToDevice(_memory + sizeof(float), MemoryMarshal.AsBytes<float>(s_values));
    }

    [TearDown]
    public void Close()
    {
        _device?.Dispose();
        _driver?.Dispose();
    }

    // After one number, so that nothing relies on more than the alignment of float32.
    private DeviceRows OnDevice => new(_memory + sizeof(float), Rows, Columns);

    private ulong Scores => OnDevice.Address + (Rows * Columns * sizeof(float));

    [TestCase("svdd", FeatureScaling.Standard, 1)]
    [TestCase("ae", FeatureScaling.Standard, 2)]
    [TestCase("ae", FeatureScaling.Robust, 1)]
    public void A_fit_of_them_is_that_of_the_same_rows_on_the_host_to_the_bit(string model, FeatureScaling scaling, int seeds)
    {
        FitOptions options = Options(model) with { Model = Pretrained(BaseModel.Parse(model)), Scaling = scaling, Training = new TrainingOptions { Rounds = 2, Epochs = 2, Seeds = seeds } };
        int[] before = Copies();
        FitResult expected = AnomalyDetector.Fit(
            new Dataset("host", s_values, Rows, Columns, s_labels, s_names), options with { Device = _device });
        int[] host = Copies();
        FitResult actual = _device.Fit(OnDevice, options, s_labels, s_names);
        int[] rows = Copies();
        Assert.That(Bytes(actual.Detector), Is.EqualTo(Bytes(expected.Detector)));
        Assert.That(Bits(actual.TrainingScores!), Is.EqualTo(Bits(expected.TrainingScores!)));
        Assert.That(Bits(actual.DetectorScores), Is.EqualTo(Bits(expected.DetectorScores)));
        Assert.That(actual.Iad!.Mean, Is.EqualTo(expected.Iad!.Mean));
        Assert.That(actual.Options.Device, Is.SameAs(_device));

        // Read once; and not sent back where the networks see them as they are: pretraining and training have a copy each.
        int sessions = scaling == FeatureScaling.Standard ? model == "svdd" ? 2 : 1 : 0;
        Assert.That(Difference(Difference(rows, host), Difference(host, before)), Is.EqualTo(new[] { -sessions, sessions, 1 }));
        Assert.That(Read(OnDevice.Address, Rows * Columns), Is.EqualTo(s_values), "they stay as they are");
    }

    [Test]
    public void A_later_fit_of_other_rows_is_not_mistaken_for_them()
    {
        FitOptions options = Options("ae") with { Scaling = FeatureScaling.Standard };
        _device.Fit(OnDevice, options);
        float[] others = [.. s_values.Select(value => 3 - value)];
        _driver.CopyToDevice(OnDevice.Address, new byte[Rows * Columns * sizeof(float)]);
        var data = new Dataset("host", others, Rows, Columns);
        FitResult expected = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(new EmulatedCudaDriver(EmulatorOptions.Numbers)) });
        FitResult actual = AnomalyDetector.Fit(data, options with { Device = _device });
        Assert.That(Bits(actual.DetectorScores), Is.EqualTo(Bits(expected.DetectorScores)));
    }

    [TestCase("ae")]
    [TestCase("auto")]
    [TestCase("sdor")]
    public void Scores_are_those_of_the_detector_to_the_bit_whatever_its_kind(string model)
    {
        var data = new Dataset("host", s_values, Rows, Columns);
        AnomalyDetector detector = AnomalyDetector.Fit(
            data, new FitOptions { Model = BaseModel.Parse(model), Training = new TrainingOptions { Rounds = 0 }, Threads = 1 }).Detector;
        float[] expected = new float[Rows];
        detector.Score(s_values, expected, threads: 1);
        float guard = 7.25f;
        _driver.CopyToDevice(Scores + (Rows * sizeof(float)), MemoryMarshal.AsBytes<float>(new[] { guard }));
        _device.Score(detector, OnDevice, Scores);
        Assert.That(Bits(Read(Scores, Rows)), Is.EqualTo(Bits(expected)));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(Rows / 2));
        Assert.That(Read(OnDevice.Address, Rows * Columns), Is.EqualTo(s_values));
        Assert.That(Read(Scores + (Rows * sizeof(float)), 1), Is.EqualTo(new[] { guard }), "no more than the scores is written");
    }

    [Test]
    public void A_row_that_is_not_finite_is_refused_in_a_fit_as_on_the_host_and_scored_as_on_the_host()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(new Dataset("host", s_values, Rows, Columns), Options("ae")).Detector;
        _driver.CopyToDevice(OnDevice.Address + (7 * sizeof(float)), MemoryMarshal.AsBytes<float>(new[] { float.NaN }));
        Assert.That(() => _device.Fit(OnDevice, Options("ae")), Throws.ArgumentException.With.Message.StartsWith(
            "Row 2, column 3 (counted from 1) is NaN. Replace values that are not finite, or leave their rows out."));
        _device.Score(detector, OnDevice, Scores);
        float[] scores = Read(Scores, Rows);
        Assert.That(scores[1], Is.EqualTo(float.MaxValue));
        Assert.That(scores.Count(score => score < float.MaxValue), Is.EqualTo(Rows - 1));
    }

    [Test]
    public void What_is_no_memory_of_the_device_is_refused_before_anything_is_read()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(new Dataset("host", s_values, Rows, Columns), Options("ae")).Detector;
        ulong allocated = _memory + ((Rows * Columns + Rows + 2) * sizeof(float));
        int read = _driver.Calls.Count(call => call == DriverCall.CopyToHost);
        Assert.Multiple(() =>
        {
            Assert.That(() => _device.Fit(new DeviceRows(allocated + (1 << 20), Rows, Columns)),
                Throws.ArgumentException.With.Message.StartsWith("There are no 2,620 bytes of one allocation of Emulated CUDA device"));
            Assert.That(() => _device.Fit(new DeviceRows(_memory, 2 * Rows, Columns)), Throws.ArgumentException.With.Message.StartsWith("There are no 5,240 bytes"));
            Assert.That(() => _device.Fit(new DeviceRows(_memory, int.MaxValue, 2)), Throws.ArgumentException.With.Message.Contains("more than an array holds"));
            Assert.That(() => _device.Fit(OnDevice, new FitOptions { Device = new CudaDevice(_driver) }), Throws.ArgumentException.With.Message.Contains("another one"));
            Assert.That(() => _device.Fit(null!), Throws.ArgumentNullException);
            Assert.That(() => _device.Score(detector, OnDevice, 0), Throws.ArgumentException.With.Message.StartsWith("The pointer is null."));
            Assert.That(() => _device.Score(detector, OnDevice, Scores + 1), Throws.ArgumentException.With.Message.Contains("multiple of 4"));
            Assert.That(() => _device.Score(detector, OnDevice, Scores + (3 * sizeof(float))), Throws.ArgumentException.With.Message.StartsWith("There are no 524 bytes"));
            Assert.That(() => _device.Score(detector, OnDevice, Scores - sizeof(float)), Throws.ArgumentException.With.Message.StartsWith("The scores would overwrite"));
            Assert.That(() => _device.Score(detector, new DeviceRows(OnDevice.Address, Rows, 4), Scores), Throws.ArgumentException.With.Message.Contains("5 features are needed"));
            Assert.That(() => _device.Score(detector, OnDevice, Scores, threads: -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => _device.Score(null!, OnDevice, Scores), Throws.ArgumentNullException);
        });
        Assert.That(_driver.Calls.Count(call => call == DriverCall.CopyToHost), Is.EqualTo(read));
    }

    [Test]
    public void Rows_of_no_memory_are_none()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new DeviceRows(0, 1, 1), Throws.ArgumentException.With.Message.StartsWith("The pointer is null."));
            Assert.That(() => new DeviceRows(6, 1, 1), Throws.ArgumentException.With.Message.Contains("multiple of 4"));
            Assert.That(() => new DeviceRows(256, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DeviceRows(256, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DeviceRows(256, int.MaxValue, int.MaxValue), Throws.ArgumentException.With.Message.Contains("lie in no memory"));
            Assert.That(() => new DeviceRows(ulong.MaxValue - 7, 2, 1), Throws.ArgumentException.With.Message.Contains("lie in no memory"));
            Assert.That(new DeviceRows(ulong.MaxValue - 11, 2, 1).Bytes, Is.EqualTo(8));
        });
    }

    private static BaseModel Pretrained(BaseModel model) => model is DeepSvdd svdd ? svdd with { PretrainEpochs = 1 } : model;

    private static FitOptions Options(string model) => new()
    {
        Model = BaseModel.Parse(model), Network = new NetworkSpec(4, 3), Training = new TrainingOptions { Rounds = 0, Epochs = 1 }, Threads = 1,
    };

    // To the device, on it and to the host.
    private int[] Copies() =>
        [.. new[] { DriverCall.CopyToDevice, DriverCall.CopyOnDevice, DriverCall.CopyToHost }.Select(kind => _driver.Calls.Count(call => call == kind))];

    private static int[] Difference(int[] later, int[] earlier) => [.. later.Zip(earlier, (a, b) => a - b)];

    private float[] Read(ulong address, int count)
    {
        float[] values = new float[count];
        _driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), address);
        return values;
    }

    private static int[] Bits(IEnumerable<float> values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static byte[] Bytes(AnomalyDetector detector)
    {
        using var stream = new MemoryStream();
        detector.Save(stream);
        return stream.ToArray();
    }
}
