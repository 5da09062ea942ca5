using System.Reflection;

namespace IadNative.Fleet;

/// <summary>
/// What fits, to the last bit: the version of the library, the identifier that the compiler gave to its module, which tells builds of one
/// version apart, and the device with the vector width at work.
/// </summary>
public static class EngineIdentity
{
    private static readonly Assembly s_library = typeof(AnomalyDetector).Assembly;

    /// <summary>The identity in words.</summary>
    /// <param name="device">Where to train.</param>
    public static string Of(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        string version = s_library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return $"IadNative {version} {s_library.ManifestModule.ModuleVersionId:N} {device.Description}";
    }
}
