using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using IadNative.Tests.Build;
using IadNative.Tests.Detectors;
using IadNative.Tests.Hosting;

namespace IadNative.Tests.Samples;

/// <summary>samples/ScoringService, published ahead of time and asked over loopback. Needs the checkout, an SDK and a linker.</summary>
[Category("Slow")]
public sealed class ScoringServiceTests
{
    // However busy the machine: what is waited for comes, or the test fails.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-service-test-");
    private readonly Dataset _data = SyntheticData.Contaminated(n: 40, d: 6);
    private string _program = null!;

    [OneTimeSetUp]
    public void Publish()
    {
        string output = Path.Combine(_folder.FullName, "service");
        var start = new ProcessStartInfo("dotnet",
        [
            "publish", Checkout.PathOf("samples", "ScoringService"), "-c", "Release", "-o", output,
            "-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true", "-p:IlcInstructionSet=native",
            "--artifacts-path", Path.Combine(_folder.FullName, "built"), "--disable-build-servers",
        ])
        { RedirectStandardOutput = true };
        using Process publish = Process.Start(start)!;
        string printed = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        Assert.That(publish.ExitCode, Is.Zero, printed);
        Assert.That(printed, Does.Not.Contain("warning").IgnoreCase);
        _program = Path.Combine(output, OperatingSystem.IsWindows() ? "ScoringService.exe" : "ScoringService");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task It_scores_tells_bad_rows_and_takes_a_new_model_while_it_runs()
    {
        string model = Path.Combine(_folder.FullName, "model.iad");
        ServedDetectors.First.Save(model);
        using var service = new RunningService(_program, $"--Detector:Path={model}", "--Detector:PollInterval=00:00:00.05");
        Assert.That(await service.Get("/health"), Is.EqualTo((HttpStatusCode.OK, "Healthy")));
        await ExpectScores(service, ServedDetectors.First);

        (_, string body) = await service.Post("""{"rows": [[0.5, null, 2.5, 3, 4, 5], [0.5, 1, 2.5, 3, 4, 5]]}""");
        Assert.That(body, Does.Match("""^\{"rows":\[\{"status":"MissingCell","column":1\},\{"status":"Scored","score":[\d.E+-]+,"percentile":[\d.E+-]+,"isAnomaly":(true|false)\}\]\}$"""));
        (_, body) = await service.Post("""{"rows": [[1, 2]]}""");
        Assert.That(body, Is.EqualTo("""{"rows":[{"status":"WrongLength"}]}"""));
        (_, body) = await service.Post("""{"rows": [[1e99, 1, 2.5, 3, 4, 5]]}""");
        Assert.That(body, Is.EqualTo("""{"rows":[{"status":"NotFinite","column":0}]}"""));
        foreach (string bad in (string[])["""{"rows": [[1, 2], [1]]}""", """{"rows": [null]}""", """{"rows": []}""", "{}", "[", """{"rows": 7}""", """{"rows": [["1"]]}"""])
            Assert.That((await service.Post(bad)).Status, Is.EqualTo(HttpStatusCode.BadRequest), bad);

        byte[] second = ServedDetectors.Second.Saved();
        File.WriteAllBytes(model, second[..(second.Length / 2)]);
        await Until(async () => (await service.Get("/health")).Body == "Degraded");
        await ExpectScores(service, ServedDetectors.First);
        ServedDetectors.Second.Save(model);
        await Until(async () => (await service.Get("/health")).Body == "Healthy");
        await ExpectScores(service, ServedDetectors.Second);
    }

    [Test]
    public async Task Without_a_model_it_starts_where_that_is_optional_and_says_that_it_has_none()
    {
        string model = Path.Combine(_folder.FullName, "later.iad");
        using var service = new RunningService(_program, $"--Detector:Path={model}", "--Detector:PollInterval=00:00:00.05", "--Detector:Optional=true");
        Assert.That(await service.Get("/health"), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "Unhealthy")));
        Assert.That((await service.Post("""{"rows": [[1, 2]]}""")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        ServedDetectors.First.Save(model);
        await Until(async () => (await service.Get("/health")).Body == "Healthy");
        await ExpectScores(service, ServedDetectors.First);
    }

    // To the bit where the widths of vectors are the same: it was compiled for those of this machine.
    private async Task ExpectScores(RunningService service, AnomalyDetector detector)
    {
        var request = new StringBuilder("{\"rows\": [");
        for (int row = 0; row < _data.Rows; row++)
        {
            request.Append(row == 0 ? "[" : ", [")
                .AppendJoin(',', _data.Row(row).ToArray().Select(cell => cell.ToString(CultureInfo.InvariantCulture))).Append(']');
        }

        (HttpStatusCode status, string body) = await service.Post(request.Append("]}").ToString());
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body);
        using JsonDocument json = JsonDocument.Parse(body);
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        float[] expected = detector.Score(_data);
        Assert.That(rows.Select(row => row.GetProperty("score").GetSingle()), Is.EqualTo(expected));
        Assert.That(rows.Select(row => row.GetProperty("percentile").GetDouble()), Is.EqualTo(expected.Select(detector.Percentile)));
        Assert.That(rows.Select(row => row.GetProperty("isAnomaly").GetBoolean()), Is.EqualTo(expected.Select(detector.IsAnomaly)));
    }

    private static async Task Until(Func<Task<bool>> isThere)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await isThere())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"It did not come within {s_patience}.");
            await Task.Delay(20);
        }
    }
}
