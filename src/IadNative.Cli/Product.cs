using System.Reflection;

namespace IadNative.Cli;

/// <summary>What this program is called and which version it is.</summary>
internal static class Product
{
    /// <summary>The version with the build's commit, such as 0.1.0+3f2a, where the build knows it.</summary>
    public static string Build { get; } = typeof(Product).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The version, such as 0.1.0, without the build's commit.</summary>
    public static string Version { get; } = Build.Split('+')[0];
}
