using System.Reflection;

namespace IadNative.Peers;

/// <summary>Which libraries these are.</summary>
internal static class PeerVersions
{
    public static IReadOnlyDictionary<string, string> Read() => new Dictionary<string, string>
    {
        ["TorchSharp"] = Informational(typeof(TorchSharp.torch).Assembly),
        ["libtorch"] = TorchSharp.torch.__version__,
        ["ONNX Runtime"] = Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString(),
    };

    private static string Informational(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
