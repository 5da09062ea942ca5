using System.Diagnostics;
using System.Globalization;
using IadNative.Tests.Build;

namespace IadNative.Tests.Onnx;

/// <summary>samples/OnnxScoring, which scores rows with ONNX Runtime: a process of its own without anything of this library.</summary>
internal static class OnnxRuntimeProgram
{
    /// <summary>What a model tells of a row.</summary>
    public sealed record Told(float Score, double Percentile, bool IsAnomaly);

    /// <summary>Scores rows with a model file.</summary>
    /// <param name="model">The file.</param>
    /// <param name="rows">n × <paramref name="columns"/> cells; NaN for a missing one.</param>
    /// <param name="columns">Cells of a row.</param>
    public static Told[] Score(string model, ReadOnlySpan<double> rows, int columns)
    {
        var lines = new System.Text.StringBuilder();
        for (int i = 0; i < rows.Length; i++)
        {
            if (!double.IsNaN(rows[i])) lines.Append(CultureInfo.InvariantCulture, $"{rows[i]:r}");
            lines.Append((i + 1) % columns == 0 ? '\n' : ',');
        }

        string printed = Run(model, lines.ToString());
        Told[] told = [.. printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
        Assert.That(told, Has.Length.EqualTo(rows.Length / columns), printed);
        return told;
    }

    private static Told Parse(string line)
    {
        string[] parts = line.Trim().Split(',');
        return new(float.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "anomaly");
    }

    private static string Run(string model, string input)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Checkout.PathOf("samples", "OnnxScoring", "bin", configuration, "net10.0", "OnnxScoring.dll");
        Assert.That(File.Exists(program), program);
        using Process process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, model])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error.Result);
        return output.Result;
    }
}
