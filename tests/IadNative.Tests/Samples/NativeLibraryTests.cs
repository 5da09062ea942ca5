using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Tests.Build;
using IadNative.Tests.Cuda;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Samples;

/// <summary>
/// The C library, published as its users do it, called from C, C++ and Python by the samples and from here by function pointers.
/// Needs the checkout, an SDK, a linker, and for the samples their compilers.
/// </summary>
[Category("Slow")]
internal sealed unsafe partial class NativeLibraryTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-native-test-");
    private readonly Dataset _data = SyntheticData.Contaminated(n: 400, d: 6);
    private string _library = null!, _model = null!;
    private nint _loaded;
    private AnomalyDetector _detector = null!;

    [OneTimeSetUp]
    public void Publish()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) Assert.Ignore("The C library is tried on x64 Linux.");
        string output = _folder.CreateSubdirectory("native").FullName;
        string printed = Run("dotnet",
        [
            "publish", Checkout.PathOf("src", "IadNative.Native"), "-c", "Release", "-o", output, "-r", "linux-x64",
            "--artifacts-path", Path.Combine(_folder.FullName, "built"), "--disable-build-servers",
        ]);
        Assert.That(printed, Does.Not.Contain("warning").IgnoreCase);
        _library = Path.Combine(output, "libiadnative.so");
        _loaded = NativeLibrary.Load(_library);
        _detector = AnomalyDetector.Fit(
            _data, new FitOptions { Model = BaseModel.Autoencoder, Training = new TrainingOptions { Rounds = 1, Epochs = 3 } }).Detector;
        _model = Path.Combine(_folder.FullName, "model.iad");
        _detector.Save(_model);
    }

    // The library stays loaded: a runtime that was compiled ahead of time cannot be unloaded.
    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public void Every_function_of_the_header_is_exported_and_nothing_else_of_that_prefix()
    {
        string header = File.ReadAllText(Path.Combine(Path.GetDirectoryName(_library)!, "include", "iadnative.h"));
        string[] declared = [.. Declaration().Matches(header).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];
        string[] exported = [.. Regex.Matches(Run("nm", ["-D", "--defined-only", _library]), @"T (iad_\w+)").Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal)];
        Assert.That(declared, Has.Length.GreaterThan(10));
        Assert.That(exported, Is.EqualTo(declared));
    }

    [Test]
    public void Rows_are_scored_and_explained_as_by_the_library_for_net()
    {
        nint detector = Load(_model);
        try
        {
            int n = _data.Rows;
            float[] scores = new float[n], parallel = new float[n], doubles = new float[n], contributions = new float[n * 6];
            fixed (float* rows = _data.Values, one = scores, two = parallel, three = contributions, four = doubles)
            {
                Assert.That(((delegate* unmanaged<nint, float*, nuint, float*, byte*, int>)Export("iad_score"))(detector, rows, (nuint)n, one, null), Is.Zero);
                Assert.That(((delegate* unmanaged<nint, float*, nuint, float*, int, byte*, int>)Export("iad_score_parallel"))(
                    detector, rows, (nuint)n, two, 3, null), Is.Zero);
                Assert.That(((delegate* unmanaged<nint, float*, nuint, float*, byte*, int>)Export("iad_explain"))(detector, rows, (nuint)n, three, null), Is.Zero);
                double[] wide = Array.ConvertAll(_data.Values, value => (double)value);
                fixed (double* widened = wide)
                {
                    Assert.That(((delegate* unmanaged<nint, double*, nuint, float*, byte*, int>)Export("iad_score_double"))(
                        detector, widened, (nuint)n, four, null), Is.Zero);
                }
            }

            float[] expected = _detector.Score(_data);
            var explainedFrom = (delegate* unmanaged<nint, float>)Export("iad_explained_from");
            Assert.That(explainedFrom(detector), Is.EqualTo(_detector.ExplainedFrom).Within(1e-5));
            Assert.That(explainedFrom(0), Is.NaN);
            for (int i = 0; i < n; i++)
            {
                // The library is compiled for AVX2, which may not be the width of this process.
                Assert.That(Math.Abs(scores[i] - expected[i]) <= 1e-4 * (1 + expected[i]), $"row {i}");
                Assert.That(Math.Abs(contributions.Skip(i * 6).Take(6).Sum() - scores[i]) <= 1e-4 * (1 + scores[i]), $"row {i}");
            }

            Assert.That(parallel, Is.EqualTo(scores));
            Assert.That(doubles, Is.EqualTo(scores));
            Assert.That(((delegate* unmanaged<nint, int>)Export("iad_features"))(detector), Is.EqualTo(6));
            Assert.That(((delegate* unmanaged<nint, float>)Export("iad_threshold"))(detector), Is.EqualTo(_detector.Threshold));
            Assert.That(
                ((delegate* unmanaged<nint, float, double>)Export("iad_percentile"))(detector, expected[5]),
                Is.EqualTo(_detector.Percentile(expected[5])));
            var pValue = (delegate* unmanaged<nint, float, double>)Export("iad_p_value");
            Assert.That(pValue(detector, expected[5]), Is.EqualTo(_detector.PValue(expected[5])));
            Assert.That((pValue(detector, float.NaN), pValue(0, 1)), Is.EqualTo((double.NaN, double.NaN)));
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Export("iad_free"))(detector);
        }
    }

    [Test]
    public void Text_is_cut_where_it_does_not_fit_and_its_whole_length_told()
    {
        nint detector = Load(_model);
        var schema = (delegate* unmanaged<nint, byte*, nuint, nuint>)Export("iad_schema");
        int length = (int)schema(detector, null, 0);
        byte[] whole = new byte[length + 1], part = new byte[8];
        fixed (byte* text = whole, cut = part)
        {
            Assert.That(schema(detector, text, (nuint)whole.Length), Is.EqualTo((nuint)length));
            Assert.That(schema(detector, cut, (nuint)part.Length), Is.EqualTo((nuint)length));
        }

        using var json = System.Text.Json.JsonDocument.Parse(whole.AsMemory(0, length));
        Assert.That(json.RootElement.GetProperty("features").GetArrayLength(), Is.EqualTo(6));
        Assert.That(json.RootElement.GetProperty("model").GetString(), Is.EqualTo("ae"));
        Assert.That(part, Is.EqualTo(whole[..7].Append((byte)0)));
        ((delegate* unmanaged<nint, void>)Export("iad_free"))(detector);
    }

    [Test]
    public void What_goes_wrong_has_a_status_and_a_sentence()
    {
        string notThere = Path.Combine(_folder.FullName, "none.iad"), damaged = Path.Combine(_folder.FullName, "damaged.iad");
        File.WriteAllBytes(damaged, [.. File.ReadAllBytes(_model)[..^40]]);
        (int status, string message) = TryLoad(notThere, out nint detector);
        Assert.That(status, Is.EqualTo(2));
        Assert.That(message, Does.Contain("none.iad"));
        Assert.That(detector, Is.EqualTo((nint)0));
        Assert.That(TryLoad(damaged, out detector).Status, Is.EqualTo(3));
        Assert.That(detector, Is.EqualTo((nint)0));
        Assert.That(TryLoad(null, out detector).Status, Is.EqualTo(1));
        float score = 0;
        Assert.That(((delegate* unmanaged<nint, float*, nuint, float*, byte*, int>)Export("iad_score"))(0, &score, 1, &score, null), Is.EqualTo(1));
        detector = Load(_model);
        Assert.That(((delegate* unmanaged<nint, float*, nuint, float*, byte*, int>)Export("iad_score"))(detector, null, 1, &score, null), Is.EqualTo(1));
        Assert.That(
            ((delegate* unmanaged<nint, float*, nuint, float*, byte*, int>)Export("iad_score"))(detector, &score, nuint.MaxValue, &score, null), Is.EqualTo(1));
        ((delegate* unmanaged<nint, void>)Export("iad_free"))(detector);
        ((delegate* unmanaged<nint, void>)Export("iad_free"))(0);
    }

    [TestCase("cc", "score.c", "-O2", "-Wall", "-Wextra", "-Werror", "-std=c11")]
    [TestCase("c++", "score.cpp", "-O2", "-Wall", "-Wextra", "-Werror", "-std=c++17")]
    public void The_samples_in_C_and_Cplusplus_score_what_the_library_scores(string compiler, string source, params string[] flags)
    {
        string native = Path.GetDirectoryName(_library)!, program = Path.Combine(_folder.FullName, source + ".out");
        Run(Find(compiler),
        [
            .. flags, "-I" + Path.Combine(native, "include"), Checkout.PathOf("samples", "NativeScoring", source), "-o", program,
            "-L" + native, "-l:libiadnative.so", "-Wl,-rpath," + native,
        ]);
        CheckLines(Run(program, [_model], Rows()));
        Assert.That(() => Run(program, [_model + "-not-there"], ""), Throws.TypeOf<AssertionException>().With.Message.Contains("exit code 1"));
    }

    [Test]
    public void The_package_for_Python_scores_what_the_library_scores()
    {
        const string script = """
            import sys, threading
            from iadnative import Detector, IadError
            rows = [[float(cell) for cell in line.split(",")] for line in sys.stdin]
            with Detector(sys.argv[1]) as detector:
                assert detector.features == 6 and [f["name"] for f in detector.schema["features"]] == ["x%d" % (i + 1) for i in range(6)]
                scores = detector.score(rows)
                results = [None] * 4
                def work(i): results[i] = list(detector.score(rows))
                threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
                [t.start() for t in threads]; [t.join() for t in threads]
                assert all(r == list(scores) for r in results)
                assert abs(detector.explained_from + sum(detector.explain(rows[:1])[0]) - scores[0]) <= 1e-4 * (1 + scores[0])
                assert all(0 < detector.p_value(s) <= 1 for s in scores) and detector.p_value(max(scores)) < detector.p_value(min(scores))
                for s in scores: print("%.9g,%.1f,%s" % (s, detector.percentile(s), "anomaly" if s > detector.threshold else "normal"))
                try: detector.score([[1.0, 2.0]])
                except ValueError as e: assert "rows of 6" in str(e)
                else: assert False
            with Detector(open(sys.argv[1], "rb").read()) as again: assert list(again.score(rows)) == list(scores)
            try: Detector(sys.argv[1] + "-not-there")
            except IadError as e: assert e.status == 2
            else: assert False
            """;
        CheckLines(Run(Find("python3"), ["-c", script, _model], Rows(), ("PYTHONPATH", Checkout.PathOf("samples", "bindings", "python")),
            ("IADNATIVE_LIBRARY", _library), ("PYTHONDONTWRITEBYTECODE", "1")));
    }

    private string Rows() => string.Concat(Enumerable.Range(0, 20).Select(row =>
        string.Join(',', _data.Row(row).ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture))) + "\n"));

    private void CheckLines(string printed)
    {
        string[] lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(20));
        for (int row = 0; row < lines.Length; row++)
        {
            string[] cells = lines[row].Split(',');
            float expected = _detector.Score(_data.Row(row)), score = float.Parse(cells[0], CultureInfo.InvariantCulture);
            Assert.That(Math.Abs(score - expected) <= 1e-4 * (1 + expected), lines[row]);
            Assert.That(cells[2], Is.EqualTo(score > _detector.Threshold ? "anomaly" : "normal"));
        }
    }

    private nint Export(string name) => NativeLibrary.GetExport(_loaded, name);

    private nint Load(string path)
    {
        Assert.That(TryLoad(path, out nint detector).Status, Is.Zero);
        return detector;
    }

    private (int Status, string Message) TryLoad(string? path, out nint detector)
    {
        byte[] error = new byte[512];
        nint text = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            fixed (byte* message = error)
            fixed (nint* place = &detector)
            {
                int status = ((delegate* unmanaged<nint, nint*, byte*, int>)Export("iad_load"))(text, place, message);
                return (status, Marshal.PtrToStringUTF8((nint)message)!);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    private static string Find(string program)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        if (path is null) Assert.Ignore($"There is no {program}.");
        return path!;
    }

    private static string Run(string program, IEnumerable<string> arguments, string input = "", params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program}: exit code {process.ExitCode}\n{output}{errors.GetAwaiter().GetResult()}");
        return output;
    }

    [GeneratedRegex(@"^IAD_API [^;(]*?\b(iad_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
