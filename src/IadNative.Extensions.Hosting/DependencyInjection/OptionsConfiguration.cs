using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace IadNative.Extensions.Hosting.DependencyInjection;

/// <summary>Reads options from a section of the configuration, key by key: reflection would not survive ahead-of-time compilation.</summary>
internal static class OptionsConfiguration
{
    private static readonly Dictionary<string, Action<AnomalyDetectorOptions, string>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(AnomalyDetectorOptions.Path)] = (options, text) => (options.Path, options.Detector) = (text, null),
        [nameof(AnomalyDetectorOptions.Watch)] = (options, text) => options.Watch = bool.Parse(text),
        [nameof(AnomalyDetectorOptions.PollInterval)] = (options, text) => options.PollInterval = TimeSpan.Parse(text, CultureInfo.InvariantCulture),
        [nameof(AnomalyDetectorOptions.Optional)] = (options, text) => options.Optional = bool.Parse(text),
        [nameof(AnomalyDetectorOptions.AllowOtherColumns)] = (options, text) => options.AllowOtherColumns = bool.Parse(text),
    };

    /// <exception cref="InvalidOperationException">A key is none of the settings, or its value cannot be read.</exception>
    public static void Apply(IConfiguration configuration, AnomalyDetectorOptions options)
    {
        foreach (IConfigurationSection section in configuration.GetChildren())
        {
            if (!s_settings.TryGetValue(section.Key, out Action<AnomalyDetectorOptions, string>? set))
            {
                throw new InvalidOperationException(
                    $"{section.Path} is no setting of an anomaly detector. The settings are {string.Join(", ", s_settings.Keys)}.");
            }

            try
            {
                set(options, section.Value ?? throw new FormatException("It has no value."));
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new InvalidOperationException($"{section.Path} is '{section.Value}', which cannot be read: {e.Message}", e);
            }
        }
    }
}
