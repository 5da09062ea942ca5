using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IadNative.Detectors;
using IadNative.Detectors.Options;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>Options of a fit as a fleet gives them to many partitions: what is not set follows from each partition.</summary>
public sealed class OptionSet
{
    private readonly KeyValuePair<string, string>[] _given;

    internal OptionSet(KeyValuePair<string, string>[] given)
    {
        _given = given;
        Options = Parse();
    }

    /// <summary>What is set, in the order of <see cref="OptionGrid.Names"/>: names and values as they were given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Given => _given;

    /// <summary>The options, but for parts of the network, which is not known before the data are.</summary>
    internal FitOptions Options { get; }

    /// <summary>The options for a table, with everything filled in.</summary>
    /// <param name="data">n rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentException">The options do not fit the data.</exception>
    public FitOptions For(Dataset data, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        return For(data.Rows, data.Features, seed);
    }

    /// <summary>Such as <c>model=svdd epochs=10</c>; empty for the defaults.</summary>
    public override string ToString() => string.Join(' ', _given.Select(option => $"{option.Key}={option.Value}"));

    /// <summary>The options for a table of which no more is known than this.</summary>
    internal FitOptions For(int rows, IReadOnlyList<FeatureColumn> columns, ulong seed)
    {
        FitOptions options = Options with { Training = Options.Training with { Seed = seed, Seeds = 1 } };
        options = options.FilledFor(rows, columns, image: null);
        foreach ((string name, string text) in _given)
        {
            if (FitOptionTable.Of(name) is { IsOfNetwork: true } part) options = part.Parse(options, text);
        }

        return options;
    }

    /// <summary>
    /// All that decides a detector but data and seed, defaults filled in: two sets that come to the same for a table have the same text.
    /// </summary>
    internal string Canonical(int rows, IReadOnlyList<FeatureColumn> columns)
    {
        FitOptions options = For(rows, columns, seed: 0);
        var text = new StringBuilder();
        foreach (FitOption option in FitOptionTable.All)
        {
            if (option.Name is "seed" or "seeds" or "threads" || option.OfModel is { } has && !has(options.Model)) continue;
            if (option.ToText(options) is { } value) text.Append(CultureInfo.InvariantCulture, $"{option.Name}={value}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"shared-weights={options.SharedWeights}\nscale={options.MemberScale}\n");
        foreach (DetectorFamily family in options.Families)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer)) OptionsJson.WriteFamily(json, family);
            text.Append(CultureInfo.InvariantCulture, $"family={Encoding.UTF8.GetString(buffer.WrittenSpan)}\n");
        }

        return text.ToString();
    }

    private FitOptions Parse()
    {
        var options = new FitOptions();
        foreach ((string name, string text) in _given)
        {
            FitOption option = FitOptionTable.Of(name);
            try
            {
                option.Check(text);
                if (!option.IsOfNetwork) options = option.Parse(options, text);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new ArgumentException($"{name}={ForeignText.Shorten(text)}: {ForeignText.Shorten(e.Message, ForeignText.LongestReason)}", e);
            }

            if (option.OfModel is { } has && !has(options.Model))
                throw new ArgumentException($"The option {name} is not for the model {options.Model.Name}. Leave it away, or name another model.");
        }

        options.Validate();
        return options;
    }
}
