namespace IadNative.Tests.Bits;

/// <summary>Text files of recorded bits, a <c>key: value</c> a line, beside the tests.</summary>
internal static class RecordedFile
{
    /// <summary>Where a file of this folder lies beside the tests' assembly.</summary>
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Bits", file);

    public static Dictionary<string, string> Read(string file) => File.ReadLines(PathOf(file))
        .Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1]);

    /// <summary>Writes beside the tests' assembly; from there it is to be copied to the sources.</summary>
    public static void Write(string file, IEnumerable<(string Key, string Value)> lines)
    {
        File.WriteAllText(PathOf(file), string.Concat(lines.Select(line => $"{line.Key}: {line.Value}\n")));
        TestContext.Out.WriteLine($"Recorded in {PathOf(file)}; copy it to the sources.");
    }
}
