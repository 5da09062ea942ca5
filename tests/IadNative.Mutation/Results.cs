using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IadNative.Mutation;

/// <summary>What became of a mutant.</summary>
internal enum Outcome
{
    /// <summary>A test failed, or its process crashed.</summary>
    Killed,

    /// <summary>The tests did not end in many times their time.</summary>
    TimedOut,

    /// <summary>All tests that reach it passed.</summary>
    Survived,

    /// <summary>No test reaches it.</summary>
    Unreached,
}

/// <summary>What became of a mutant, and why.</summary>
internal sealed record Result(Mutant Mutant, Outcome Outcome, string Reason, double Seconds);

/// <summary>A file of results, a line each, added to as they come: what was killed is not tried again.</summary>
internal sealed class Results
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly Dictionary<string, Result> _killed = [];

    /// <param name="path">The file; it need not be there.</param>
    public Results(string path)
    {
        _path = path;
        if (!File.Exists(path)) return;
        foreach (string line in File.ReadLines(path))
        {
            Result result = JsonSerializer.Deserialize<Result>(line, s_format)!;
            if (result.Outcome is Outcome.Killed or Outcome.TimedOut) _killed[result.Mutant.Key] = result;
        }
    }

    /// <summary>The result of a mutant that was killed before; null for another.</summary>
    public Result? Of(Mutant mutant) => _killed.GetValueOrDefault(mutant.Key);

    /// <summary>Adds a line.</summary>
    public void Add(Result result) => File.AppendAllText(_path, JsonSerializer.Serialize(result, s_format) + "\n");
}
