using System.Reflection;

namespace IadNative.Cli;

/// <summary>What this program is called and which version it is.</summary>
internal static class Product
{
    /// <summary>The version, such as 0.1.0, without the build's commit.</summary>
    public static string Version { get; } = typeof(Product).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
