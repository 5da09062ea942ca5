using System.Text.Json;
using IadNative.Models;

namespace IadNative.Detectors.Options;

/// <summary>Where a model file keeps an option.</summary>
internal enum FileSection
{
    /// <summary>Nowhere: the detector does not depend on it.</summary>
    None,

    /// <summary>At the top.</summary>
    Root,

    /// <summary>With the network.</summary>
    Network,

    /// <summary>With training.</summary>
    Training,

    /// <summary>With the preparation of rows.</summary>
    Preparation,
}

/// <summary>
/// One option of a fit: its name, which is the same on the command line, in JSON, in reports and in the reference; what it means;
/// and where <see cref="FitOptions"/> holds it.
/// </summary>
internal abstract record FitOption
{
    /// <summary>The name, such as <c>weight-decay</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What stands for its value in help, such as <c>V</c>; empty for a switch.</summary>
    public required string Placeholder { get; init; }

    /// <summary>What it means, as the start of a sentence in Markdown.</summary>
    public required string Meaning { get; init; }

    /// <summary>The default in words, where it is not the same for all data and models; null where it is.</summary>
    public string? DefaultInWords { get; init; }

    /// <summary>The property that the library's messages begin with; null where they name none.</summary>
    public string? Property { get; init; }

    /// <summary>The models that have the option; null for all.</summary>
    public Func<BaseModel, bool>? OfModel { get; init; }

    /// <summary>Whether it is a property of the models that have it, so that each family has its own.</summary>
    public bool IsOfModel { get; init; }

    /// <summary>Where a model file keeps it.</summary>
    public FileSection Section { get; init; }

    /// <summary>Its name there; null for the name in JSON.</summary>
    public string? FileName { get; init; }

    /// <summary>Whether the command has an option of this name; otherwise another one sets it.</summary>
    public bool IsOfCommandLine { get; init; } = true;

    /// <summary>Whether a model file leaves it out where the model does not have it.</summary>
    public bool IsLeftOutElsewhere { get; init; }

    /// <summary>Whether a model file leaves a switch out where it is off, as files of before it came do.</summary>
    public bool IsLeftOutWhenOff { get; init; }

    /// <summary>Whether it is a part of the network, which is then known before it is set.</summary>
    public bool IsOfNetwork { get; init; }

    /// <summary>The name in JSON, such as <c>weightDecay</c>.</summary>
    public string JsonName => string.Concat(
        Name.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>The option of the command line: a switch that is on by default is named for switching it off.</summary>
    public string CommandLineName => IsOnByDefault ? $"--no-{Name}" : $"--{Name}";

    /// <summary>All words that its value can be, where they are few; empty where they are not.</summary>
    public abstract IReadOnlyList<string> Words { get; }

    /// <summary>Whether it is a switch.</summary>
    public abstract bool IsSwitch { get; }

    /// <summary>Whether it is a switch that is on unless it is switched off.</summary>
    public bool IsOnByDefault { get; init; }

    /// <summary>Its value in words, as <see cref="Parse"/> reads it; null where there is none.</summary>
    public abstract string? ToText(FitOptions options);

    /// <summary>Its value: a flag or a number as it is, everything else in words.</summary>
    public abstract object? ValueIn(FitOptions options);

    /// <summary>Checks words by themselves; whether the value is in range is known when it is set.</summary>
    /// <exception cref="FormatException">The words are no value.</exception>
    public abstract void Check(string text);

    /// <summary>Sets it from words.</summary>
    /// <exception cref="FormatException">The words are no value.</exception>
    /// <exception cref="ArgumentException">The value is out of its range.</exception>
    public abstract FitOptions Parse(FitOptions options, string text);

    /// <summary>Writes its value under a name.</summary>
    public abstract void WriteJson(Utf8JsonWriter json, string name, FitOptions options);

    /// <summary>Writes its value as a model file has it.</summary>
    public abstract void WriteFile(Utf8JsonWriter json, FitOptions options);

    /// <summary>Reads its value as a model file has it. That of another model's option is checked and forgotten.</summary>
    /// <exception cref="FormatException">It is no value.</exception>
    /// <exception cref="KeyNotFoundException">It is missing.</exception>
    public abstract FitOptions ReadFile(JsonElement section, FitOptions options);
}

/// <summary>An option whose values are of one type.</summary>
/// <param name="Kind">How they are written and read.</param>
/// <param name="Get">The value in options.</param>
/// <param name="Set">Options with another value.</param>
internal sealed record FitOption<T>(OptionKind<T> Kind, Func<FitOptions, T> Get, Func<FitOptions, T, FitOptions> Set) : FitOption
{
    /// <summary>How a model file has it; null for as everybody else does.</summary>
    public OptionKind<T>? FileKind { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words => Kind.Words;

    /// <inheritdoc/>
    public override bool IsSwitch => Kind is OptionKind<bool> && Placeholder.Length == 0;

    /// <inheritdoc/>
    public override string? ToText(FitOptions options) => Kind.ToText(Get(options));

    /// <inheritdoc/>
    public override object? ValueIn(FitOptions options) =>
        Kind.Words.Count == 0 && Get(options) is (bool or int or ulong or double) and var value ? value : ToText(options);

    /// <inheritdoc/>
    public override void Check(string text) => Kind.Parse(text);

    /// <inheritdoc/>
    public override FitOptions Parse(FitOptions options, string text) => Set(options, Kind.Parse(text));

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, string name, FitOptions options) => Kind.WriteJson(json, name, Get(options));

    /// <inheritdoc/>
    public override void WriteFile(Utf8JsonWriter json, FitOptions options)
    {
        if (IsLeftOutWhenOff && Get(options) is false) return;
        (FileKind ?? Kind).WriteJson(json, FileName ?? JsonName, Get(options));
    }

    /// <inheritdoc/>
    public override FitOptions ReadFile(JsonElement section, FitOptions options)
    {
        if (IsLeftOutWhenOff && !section.TryGetProperty(FileName ?? JsonName, out _)) return options;
        JsonElement value = section.GetProperty(FileName ?? JsonName);
        if (value.ValueKind == JsonValueKind.Null) throw new FormatException($"'{FileName ?? JsonName}' is null");
        return Set(options, (FileKind ?? Kind).ReadJson(value));
    }
}
