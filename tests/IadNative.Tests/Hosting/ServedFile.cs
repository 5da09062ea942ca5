using IadNative.Extensions.Hosting;
using IadNative.Tests.Detectors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IadNative.Tests.Hosting;

/// <summary>A folder with a model file, a detector that is served from it, and a clock that is moved by hand.</summary>
internal sealed class ServedFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-hosting-test-");
    private readonly ServiceProvider _services;

    /// <param name="start">What lies at the path before the detector is added; null for the first of <see cref="ServedDetectors"/>.</param>
    /// <param name="configure">Options beside the path.</param>
    public ServedFile(Action<ServedFile>? start = null, Action<AnomalyDetectorOptions>? configure = null)
    {
        Path = PathOf("model.iad");
        if (start is null) ServedDetectors.First.Save(Path);
        else start(this);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Logs));
        services.AddSingleton<TimeProvider>(Time);
        services.AddAnomalyDetector("press").FromFile(Path).Configure(configure ?? (_ => { }));
        _services = services.BuildServiceProvider();
        try
        {
            Detector = _services.GetRequiredKeyedService<IAnomalyDetectorProvider>("press");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; set; }

    public ManualTime Time { get; } = new();

    public LogLines Logs { get; } = new();

    public IAnomalyDetectorProvider Detector { get; }

    public string PathOf(params string[] parts) => System.IO.Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Lets so many looks at the file pass.</summary>
    public void Look(int times = 1) => Time.Advance(times * TimeSpan.FromSeconds(1));

    /// <summary>Writes in place, with a time of its own, as if it were some time after the last.</summary>
    public void Write(byte[] bytes)
    {
        DateTime before = File.Exists(Path) ? File.GetLastWriteTimeUtc(Path) : DateTime.UtcNow;
        File.WriteAllBytes(Path, bytes);
        File.SetLastWriteTimeUtc(Path, before.AddSeconds(1));
    }

    public bool Serves(AnomalyDetector detector) => Detector.Current?.Saved().AsSpan().SequenceEqual(detector.Saved()) == true;

    public void Dispose()
    {
        _services.Dispose();
        if (_folder.Exists) _folder.Delete(recursive: true);
    }
}
