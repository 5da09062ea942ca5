using IadNative.Extensions.Hosting.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IadNative.Extensions.Hosting;

/// <summary>Says where the model of a detector comes from. What is said last counts.</summary>
public sealed class AnomalyDetectorBuilder
{
    internal AnomalyDetectorBuilder(IServiceCollection services, string name) => (Services, Name) = (services, name);

    /// <summary>The services that the detector was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the detector; empty for the one without.</summary>
    public string Name { get; }

    /// <summary>From a model file.</summary>
    /// <param name="path">The file; a relative path begins in the current folder.</param>
    /// <param name="watch">Whether it is read again when it changes.</param>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    public AnomalyDetectorBuilder FromFile(string path, bool watch = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Configure(options => (options.Path, options.Watch, options.Detector) = (path, watch, null));
    }

    /// <summary>From a model that is loaded already.</summary>
    /// <exception cref="ArgumentNullException">There is no model.</exception>
    public AnomalyDetectorBuilder FromDetector(AnomalyDetector detector)
    {
        ArgumentNullException.ThrowIfNull(detector);
        return Configure(options => (options.Path, options.Detector) = (null, detector));
    }

    /// <summary>
    /// From a section of the configuration, with the keys Path, Watch, PollInterval, Optional and AllowOtherColumns. It is read once; a key that
    /// is none of them, or a value that cannot be read, is an <see cref="InvalidOperationException"/> at the start.
    /// </summary>
    /// <exception cref="ArgumentNullException">There is no configuration.</exception>
    public AnomalyDetectorBuilder FromConfiguration(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Configure(options => OptionsConfiguration.Apply(configuration, options));
    }

    /// <summary>Sets options.</summary>
    /// <exception cref="ArgumentNullException">There is nothing to be called.</exception>
    public AnomalyDetectorBuilder Configure(Action<AnomalyDetectorOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(Name, configure);
        return this;
    }
}
