using System.Buffers;
using System.Text.Json;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors.Drift;
using IadNative.Detectors.Options;
using IadNative.Iad.Termination;
using IadNative.Messages;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;

namespace IadNative.Detectors;

/// <summary>
/// The model file: safetensors. Tensors: preparation and scaler, per member its weights, running statistics, center and radius, the
/// members' median scores, quantiles of the training scores; of committees also the widths of scores, and a member's features and
/// scaler where they are its own. <c>__metadata__</c> holds one JSON string with everything else. The fourth format is written where
/// scores are brought to the scale of quartiles, families have members with features, rows or a scale of their own, several rounds
/// are kept, or features are clipped elsewhere than the third knows; the fifth where an autoencoder ends in a sigmoid, of which earlier
/// versions would know nothing; otherwise the third. The first knew neither families nor preparations, the second no preparations, and neither a checksum.
/// </summary>
internal static class DetectorFile
{
    private const string MetadataKey = "iadnative";
    private const string ChecksumKey = "checksum";
    private const int OneFamily = 1, SeveralFamilies = 2, WithPreparation = 3, WithCommittee = 4, WithSigmoid = 5;
    private const string TailKey = "normalTail", TailScores = "score.tail.scores", TailMasses = "score.tail.masses";
    private const string ScaleKey = "memberScale", RoundsKey = "rounds";
    private const int MostMembers = 1_000;

    /// <summary>Writes a detector.</summary>
    public static void Write(DetectorContent content, Stream stream)
    {
        var file = new SafetensorsWriter { IsSealed = true };
        file.Metadata[MetadataKey] = Describe(content);
        PreparationFile.Add(file, content.Preparation);
        int features = content.Preparation.Width;
        file.Add<float>("scaler.offset", [features], content.Scaler.Offset);
        file.Add<float>("scaler.scale", [features], content.Scaler.Scale);
        file.Add<float>("score.quantiles", [content.Quantiles.Length], content.Quantiles);
        if (content.NormalTail is { } tail)
        {
            file.Add<float>(TailScores, [tail.Scores.Length], tail.Scores);
            file.Add<double>(TailMasses, [tail.Masses.Length], tail.Masses);
        }

        ReferenceFile.Add(file, content.Reference);
        file.Add<double>("score.medians", [content.Members.Count], [.. content.Members.Select(member => member.Median)]);
        if (IsCommittee(content))
            file.Add<double>("score.widths", [content.Members.Count], [.. content.Members.Select(member => member.Width)]);
        AddViews(file, content);
        for (int k = 0; k < content.Members.Count; k++)
        {
            (Plan plan, TrainedNetwork network) = (content.Members[k].Plan, content.Members[k].Trained);
            foreach (TensorSlot slot in plan.Parameters.Slots)
                file.Add<float>(TensorName(k, slot), Shape(slot), network.Parameters.AsSpan(slot.Offset, slot.Length));
            foreach (TensorSlot slot in plan.Statistics.Slots)
                file.Add<float>(TensorName(k, slot), Shape(slot), network.Statistics.AsSpan(slot.Offset, slot.Length));
            foreach (TensorSlot slot in plan.State.Slots)
                file.Add<float>(TensorName(k, slot), StateShape(slot), network.State.AsSpan(slot.Offset, slot.Length));
        }

        file.Write(stream);
    }

    /// <summary>Reads a detector; nothing in the file is trusted.</summary>
    /// <exception cref="ModelFormatException">The file is no model, damaged, of a newer format, or needs more memory than it may take.</exception>
    public static DetectorContent Read(Stream stream, string name, LoadOptions load)
    {
        SafetensorsFile file = SafetensorsFile.Read(stream, name);
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
            throw Bad(name, "it has no 'iadnative' entry in its metadata, so it is no IadNative model.");
        return ReadJson(json, name, description => Read(file, description, name, load.LimitOf(file.DataLength)));
    }

    /// <summary>Reads what a description says for itself, without the tensors beside it; nothing in it is trusted.</summary>
    /// <exception cref="ModelFormatException">It makes no sense, or is of a newer format.</exception>
    public static DetectorDescription ReadDescription(string json, string name) => ReadJson(json, name, description =>
    {
        int version = ReadVersion(description, name, WithPreparation);
        FitOptions options = ReadOptions(description, version);
        int[] rounds = ReadRounds(description, options);
        FeatureColumn[] columns = [.. PreparationFile.ReadColumns(description.GetProperty("preparation")).Select(column => column.Column)];
        return new DetectorDescription
        {
            Options = options,
            Columns = columns,
            Image = ReadImage(description, columns.Length),
            Members = options.AllFamilies.Sum(family => family.Count) * rounds.Length,
            Threshold = ReadThreshold(description),
            Round = rounds[^1],
            Seed = ReadSeed(description),
            CreatedBy = ReadCreator(description),
        };
    });

    private static T ReadJson<T>(string json, string name, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException)
        {
            throw Bad(name, $"its description does not make sense: {e.Message}", e);
        }
    }

    private static DetectorContent Read(SafetensorsFile file, JsonElement json, string name, long mostBytes)
    {
        int version = ReadVersion(json, name, OneFamily);

        // A file that lost the entry with its checksum says here that there was one.
        if (json.TryGetProperty(ChecksumKey, out _) && !file.IsSealed)
            throw Bad(name, "its description speaks of a checksum, but its metadata hold none.");
        FitOptions options = ReadOptions(json, version);
        int[] rounds = ReadRounds(json, options);
        if (version < WithCommittee && IsOfCommittee(options, rounds.Length)) throw new FormatException($"format {version} knows no committees");
        if (version < WithSigmoid && HasSigmoid(options)) throw new FormatException($"format {version} knows no sigmoid");
        RowPreparation preparation = version >= WithPreparation
            ? PreparationFile.Read(file, json.GetProperty("preparation"), options)
            : RowPreparation.Identity(ReadNames(file, json));
        FeatureColumn[] columns = [.. preparation.Columns.Select(column => column.Column)];
        ImageShape? image = ReadImage(json, columns.Length);
        Plan[] plans = WritePlans(options.AllFamilies, columns, rounds.Length, file);
        ScoringMemory memory = ScoringMemory.Of(options, plans, rounds.Length, preparation);
        if (memory.Total > mostBytes) throw TooLarge(name, memory.Total, mostBytes);
        var scaler = new FeatureScaler(file.Float32("scaler.offset", preparation.Width), file.Float32("scaler.scale", preparation.Width));
        var content = new DetectorContent
        {
            Options = options,
            Preparation = preparation,
            AreFeaturesNamed = version >= WithPreparation
                ? json.GetProperty("preparation").GetProperty("areNamed").GetBoolean()
                : columns.Where((column, i) => column.Name != $"x{i + 1}").Any(),
            Image = image,
            Scaler = scaler,
            Members = ReadMembers(file, options, preparation, scaler, plans, rounds.Length),
            Quantiles = file.Float32("score.quantiles", DetectorContent.QuantileCount),
            NormalTail = ReadTail(file, json),
            Reference = ReferenceFile.Read(file, json, image is null ? columns : TrainingReference.OfImages),
            Threshold = ReadThreshold(json),
            Round = rounds[^1],
            Rounds = rounds,
            Seed = ReadSeed(json),
            CreatedBy = ReadCreator(json),
            IsChecked = file.IsSealed,
            ScoringThreads = memory.ThreadsWithin(mostBytes),
        };
        Check(content);
        return content;
    }

    private static int ReadVersion(JsonElement json, string name, int earliest)
    {
        int version = json.GetProperty("format").GetInt32();
        return version >= earliest && version <= WithSigmoid ? version : throw new ModelFormatException(
            name, $"it has format {version}; this version reads formats {earliest} to {WithSigmoid}.", "Use the version that saved it.");
    }

    private static FitOptions ReadOptions(JsonElement json, int version)
    {
        FitOptions options = OptionsJson.Read(json);
        if (version == SeveralFamilies || json.TryGetProperty("families", out _)) options = WithFamilies(options, json);
        if (json.TryGetProperty(ScaleKey, out JsonElement scale)) options = options with { MemberScale = ReadScale(scale) };
        options.Validate();
        return options;
    }

    private static float ReadThreshold(JsonElement json) =>
        json.GetProperty("threshold").GetSingle() is var threshold && float.IsFinite(threshold) ? threshold : throw new FormatException("the threshold is not finite");

    private static ulong ReadSeed(JsonElement json) => json.GetProperty("seed").GetUInt64();

    private static string ReadCreator(JsonElement json) => json.GetProperty("createdBy").GetString() ?? "";

    private static bool IsCommittee(DetectorContent content) => content.Members[0].Scale == MemberScale.Quartiles;

    private static bool IsOfCommittee(FitOptions options, int rounds) =>
        rounds > 1 || options.MemberScale is not null || options.Families.Any(family => family.IsOfCommittee)
        || options.Training.Termination is AverageOfRounds;

    private static bool HasSigmoid(FitOptions options) => options.AllFamilies.Any(family => family.Model is Autoencoder { HasSigmoid: true });

    private static int FormatOf(DetectorContent content) =>
        HasSigmoid(content.Options) ? WithSigmoid : IsOfThirdFormat(content) ? WithPreparation : WithCommittee;

    private static bool IsOfThirdFormat(DetectorContent content) =>
        PreparationFile.IsOfThirdFormat(content.Preparation) && !IsOfCommittee(content.Options, content.Rounds.Count);

    private static MemberScale ReadScale(JsonElement json) =>
        Enum.TryParse(json.GetString(), out MemberScale scale) && Enum.IsDefined(scale) && scale.ToString() == json.GetString()
            ? scale
            : throw new FormatException($"{ForeignText.Quote(json.ToString())} is no scale of scores");

    // Files of earlier versions have none, and those versions pass it over.
    private static NormalTail? ReadTail(SafetensorsFile file, JsonElement json) => json.TryGetProperty(TailKey, out JsonElement entries)
        ? new NormalTail(file.Float32(TailScores, entries.GetInt32()), file.Float64(TailMasses, entries.GetInt32()))
        : null;

    /// <summary>The rounds that the networks come from: a few, ascending, none beyond the last that was trained.</summary>
    private static int[] ReadRounds(JsonElement json, FitOptions options)
    {
        int last = json.GetProperty("round").GetInt32(), most = options.Training.Rounds;
        if (last < 0 || last > most) throw new FormatException($"round {last} is none of 0 to {most}");
        if (!json.TryGetProperty(RoundsKey, out JsonElement list)) return [last];
        int count = list.GetArrayLength(), networks = options.AllFamilies.Sum(family => family.Count);
        if (count == 0 || (long)count * networks > MostMembers)
            throw new FormatException($"{count} rounds of {networks} networks are not 1 to {MostMembers} networks");
        int[] rounds = [.. list.EnumerateArray().Select(round => round.GetInt32())];
        if (rounds[0] < 0 || rounds[^1] != last || rounds.Zip(rounds.Skip(1), (round, next) => next > round).Contains(false))
            throw new FormatException($"the {count} rounds do not ascend to {last}");
        return rounds;
    }

    /// <summary>Adds the features and the scaler of members that have some of their own.</summary>
    private static void AddViews(SafetensorsWriter file, DetectorContent content)
    {
        for (int index = 0, k = 0; index < content.Options.AllFamilies.Count; index++)
        {
            DetectorFamily family = content.Options.AllFamilies[index];
            for (int end = k + (family.Count * content.Rounds.Count); k < end; k++)
            {
                DetectorMember member = content.Members[k];
                int features = member.Plan.Features;
                if (family.ColumnsPerMember is not null) file.Add<int>($"member.{k}.features", [features], member.Features);
                if (family.Range is null) continue;
                file.Add<float>($"member.{k}.scaler.offset", [features], member.Scaler.Offset);
                file.Add<float>($"member.{k}.scaler.scale", [features], member.Scaler.Scale);
            }
        }
    }

    private static ModelFormatException TooLarge(string name, long needed, long most) => new(
        name,
        $"its networks take {ScoringMemory.InWords(needed)} of memory to score, and {ScoringMemory.InWords(most)} are allowed.",
        $"Where you trust the file, allow more: {nameof(LoadOptions)}.{nameof(LoadOptions.MostScoringBytes)}, with iad --memory-limit.");

    /// <summary>The plan of each family; refuses those that need more numbers than the file holds before anything of their size is made.</summary>
    private static Plan[] WritePlans(IReadOnlyList<DetectorFamily> families, IReadOnlyList<FeatureColumn> columns, int rounds, SafetensorsFile file)
    {
        var plans = new Plan[families.Count];
        long numbers = 0;
        for (int index = 0; index < plans.Length; index++)
        {
            DetectorFamily family = families[index];

            // A unit has a weight at least, and a plan has a few numbers per unit.
            if (family.Network!.Widths.Sum(width => (long)width) * sizeof(float) > file.DataLength) throw TooSmall(family, family.WidthIn(columns));
            Plan plan = plans[index] = family.Model.WritePlan(family.Network!, family.WidthIn(columns), family.Epochs!.Value);
            numbers += ((long)plan.Parameters.Length + plan.Statistics.Length) * family.Count * rounds;
            if (numbers * sizeof(float) > file.DataLength) throw TooSmall(family, plan.Features);
        }

        return plans;

        FormatException TooSmall(DetectorFamily family, int features) => new(
            $"the file is too small for {(long)family.Count * rounds} networks {ForeignText.Shorten(family.Network!.ToString())} on {features} features");
    }

    private static DetectorMember[] ReadMembers(
        SafetensorsFile file, FitOptions options, RowPreparation preparation, FeatureScaler scaler, Plan[] plans, int rounds)
    {
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        var members = new DetectorMember[families.Sum(family => family.Count) * rounds];
        TrainedNetwork[] networks = [.. families.Zip(plans).SelectMany(pair => Enumerable.Repeat(pair.Second, pair.First.Count * rounds))
            .Select((plan, k) => ReadNetwork(file, plan, k))];
        double[] medians = file.Float64("score.medians", members.Length);
        double[] widths = options.UsedScale == MemberScale.Quartiles ? file.Float64("score.widths", members.Length) : new double[members.Length];
        for (int index = 0, k = 0; index < families.Count; index++)
        {
            DetectorFamily family = families[index];
            int[]? features = family.Columns is { } columns ? preparation.FeaturesOf(columns) : null;
            FeatureScaler shared = features is null ? scaler : scaler.Of(features);
            MemberScale scale = options.UsedScale ?? family.Model.MemberScale;
            for (int end = k + (family.Count * rounds); k < end; k++)
            {
                int[]? own = family.ColumnsPerMember is null ? features : ReadFeatures(file, k, plans[index].Features, features, preparation.Width);
                members[k] = new DetectorMember
                {
                    Model = family.Model,
                    Plan = plans[index],
                    Features = own,
                    Scaler = family.Range is not null ? ReadScaler(file, k, plans[index].Features)
                        : own == features ? shared
                        : scaler.Of(own!),
                    Trained = networks[k],
                    Median = medians[k],
                    Scale = scale,
                    Width = widths[k],
                    Share = MemberShares.Of(families, index, rounds, scale),
                };
            }
        }

        return members;
    }

    /// <summary>The features that a member drew: each once, and from those of its family.</summary>
    private static int[] ReadFeatures(SafetensorsFile file, int k, int count, int[]? pool, int width)
    {
        int[] features = file.Int32($"member.{k}.features", count);
        if (features.Any(feature => feature < 0 || feature >= width) || features.Distinct().Count() < count
            || (pool is not null && features.Except(pool).Any()))
            throw new FormatException($"the features that member {k} sees are no choice of its {width}");
        return features;
    }

    private static FeatureScaler ReadScaler(SafetensorsFile file, int k, int features) =>
        new(file.Float32($"member.{k}.scaler.offset", features), file.Float32($"member.{k}.scaler.scale", features));

    private static TrainedNetwork ReadNetwork(SafetensorsFile file, Plan plan, int k)
    {
        float[] parameters = new float[plan.Parameters.Length];
        float[] statistics = new float[plan.Statistics.Length];
        foreach (TensorSlot slot in plan.Parameters.Slots)
            file.Float32(TensorName(k, slot), Shape(slot)).CopyTo(parameters, slot.Offset);
        foreach (TensorSlot slot in plan.Statistics.Slots)
            file.Float32(TensorName(k, slot), Shape(slot)).CopyTo(statistics, slot.Offset);
        // The variances are the statistics that start from one.
        foreach (TensorSlot variance in plan.Statistics.Slots.Where(slot => slot.Initialization == Initialization.One))
        {
            if (statistics.AsSpan(variance.Offset, variance.Length).ContainsAnyInRange(float.NegativeInfinity, -float.Epsilon))
                throw new FormatException($"a variance in {variance.Name} is negative");
        }

        float[] state = new float[plan.State.Length];
        foreach (TensorSlot slot in plan.State.Slots)
            file.Float32(TensorName(k, slot), StateShape(slot)).CopyTo(state, slot.Offset);
        return new TrainedNetwork(parameters, statistics, state);
    }

    private static void Check(DetectorContent content)
    {
        foreach (DetectorMember member in content.Members)
        {
            TrainedNetwork network = member.Trained;
            if (!network.IsFinite)
                throw new FormatException("a weight is not finite");
            if (!member.Model.Accepts(member.Plan, network.State))
                throw new FormatException("a member's state cannot come from training");
            if (!double.IsFinite(member.Median)
                || (content.Members.Count > 1 && member.Scale == MemberScale.DivideByMedian && member.Median == 0))
                throw new FormatException("a member's median score cannot be divided by");
            if (!(member.Width >= 0 && double.IsFinite(member.Width)))
                throw new FormatException("the width of a member's scores is none");
        }

        for (int i = 0; i < content.Quantiles.Length; i++)
        {
            if (!float.IsFinite(content.Quantiles[i]) || (i > 0 && content.Quantiles[i] < content.Quantiles[i - 1]))
                throw new FormatException("the quantiles of the training scores do not ascend");
        }
    }

    /// <summary>Everything about a detector but its tensors, as JSON.</summary>
    public static string Describe(DetectorContent content)
    {
        FitOptions options = content.Options;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", FormatOf(content));
            json.WriteString("createdBy", content.CreatedBy);
            json.WriteString(ChecksumKey, SafetensorsChecksum.Key);
            json.WriteString("model", options.Model.Name);
            OptionsJson.WriteNetwork(json, options);
            PreparationFile.Describe(json, content);
            if (content.Image is { } image)
            {
                json.WriteStartObject("image");
                json.WriteNumber("height", image.Height);
                json.WriteNumber("width", image.Width);
                json.WriteString("normalization", options.Normalization!.Value.ToShortName());
                json.WriteEndObject();
            }

            OptionsJson.WriteTraining(json, options);
            if (options.Families.Count > 0)
            {
                json.WriteStartArray("families");
                foreach (DetectorFamily family in options.Families) OptionsJson.WriteFamily(json, family);
                json.WriteEndArray();
                json.WriteBoolean("sharedWeights", options.SharedWeights);
            }

            if (options.MemberScale is { } scale) json.WriteString(ScaleKey, scale.ToString());
            if (content.Rounds.Count > 1)
            {
                json.WriteStartArray(RoundsKey);
                foreach (int round in content.Rounds) json.WriteNumberValue(round);
                json.WriteEndArray();
            }

            FitOptionTable.Of("threshold").WriteFile(json, options);
            json.WriteNumber("threshold", content.Threshold);
            if (content.NormalTail is { } tail) json.WriteNumber(TailKey, tail.Scores.Length);
            ReferenceFile.Describe(json, content.Reference);
            json.WriteNumber("round", content.Round);
            json.WriteNumber("seed", content.Seed);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static FitOptions WithFamilies(FitOptions options, JsonElement json)
    {
        DetectorFamily[] families = [.. json.GetProperty("families").EnumerateArray().Select(OptionsJson.ReadFamily)];
        if (families.Length == 0) throw new FormatException("there is no family");
        bool isExpanded = options.Model is AutomaticCommittee;
        (BaseModel model, NetworkSpec? network) = isExpanded
            ? (options.Model, NetworkSpec.None)
            : (families[0].Model, families[0].Network);
        if ((options.Model, options.Network) != (model, network)
            || options.Training.Ensemble != families.Sum(family => (long)family.Count))
            throw new FormatException("the families are not those of the other options");
        return options with { Families = families, IsExpanded = isExpanded, SharedWeights = json.GetProperty("sharedWeights").GetBoolean() };
    }

    // Formats 1 and 2 know names alone. There must be tensors of as many numbers before anything is made of the names.
    private static FeatureColumn[] ReadNames(SafetensorsFile file, JsonElement json)
    {
        JsonElement names = json.GetProperty("features");
        int count = names.GetArrayLength();
        if (count == 0) throw new FormatException("there is no feature");
        file.Float32("scaler.offset", count);
        return [.. names.EnumerateArray().Select(element => new FeatureColumn(element.GetString() ?? ""))];
    }

    private static ImageShape? ReadImage(JsonElement json, int features)
    {
        if (!json.TryGetProperty("image", out JsonElement image)) return null;
        var shape = new ImageShape(Length("height"), Length("width"));
        return shape.Fits(features) ? shape : throw new FormatException($"images of {shape} do not have {features} values");

        int Length(string property) => image.GetProperty(property).GetInt32();
    }

    private static string TensorName(int member, TensorSlot slot) => $"member.{member}.{slot.Name}";

    // A state of one number is a scalar.
    private static int[] StateShape(TensorSlot slot) => slot.Length == 1 ? [] : Shape(slot);

    private static int[] Shape(TensorSlot slot) => slot.Columns == 1 ? [slot.Rows] : [slot.Rows, slot.Columns];

    private static ModelFormatException Bad(string name, string problem, Exception? inner = null) =>
        new(name, problem, "Get an intact copy, or fit and save the model again.", inner);
}
