using IadNative.Messages;
using System.Globalization;

namespace IadNative.Cli;

/// <summary>What <c>--device</c> asks for.</summary>
/// <param name="Kind">Which kind of device.</param>
/// <param name="Index">Number of the CUDA device.</param>
internal readonly record struct DeviceChoice(DeviceKind Kind, int Index = 0)
{
    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static DeviceChoice Parse(string text)
    {
        switch (text)
        {
            case "auto": return new(DeviceKind.Auto);
            case "cpu": return new(DeviceKind.Cpu);
            case "cuda": return new(DeviceKind.Cuda);
        }

        if (text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return new(DeviceKind.Cuda, index);
        throw new FormatException($"{ForeignText.Quote(text)} is no device. Use auto, cpu, cuda or cuda:INDEX.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Kind switch
    {
        DeviceKind.Auto => "auto",
        DeviceKind.Cpu => "cpu",
        _ => Index == 0 ? "cuda" : string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
    };
}

/// <summary>Kinds of devices that <c>--device</c> knows.</summary>
internal enum DeviceKind
{
    /// <summary>CUDA where it works and is estimated to be faster, the CPU elsewhere.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>CUDA or an error.</summary>
    Cuda,
}
