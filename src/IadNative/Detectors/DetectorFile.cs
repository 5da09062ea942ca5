using System.Buffers;
using System.Text.Json;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;

namespace IadNative.Detectors;

/// <summary>
/// The model file: safetensors. Tensors: scaler, per member its weights, running statistics, center and radius, the members'
/// median scores, quantiles of the training scores. <c>__metadata__</c> holds one JSON string with everything else.
/// </summary>
internal static class DetectorFile
{
    private const string MetadataKey = "iadnative";
    private const int FormatVersion = 1;

    /// <summary>Writes a detector.</summary>
    public static void Write(DetectorContent content, Stream stream)
    {
        var file = new SafetensorsWriter();
        file.Metadata[MetadataKey] = Describe(content);
        int features = content.FeatureNames.Count;
        file.Add<float>("scaler.offset", [features], content.Scaler.Offset);
        file.Add<float>("scaler.scale", [features], content.Scaler.Scale);
        file.Add<float>("score.quantiles", [content.Quantiles.Length], content.Quantiles);
        file.Add<double>("score.medians", [content.Medians.Length], content.Medians);
        Plan plan = content.WritePlan();
        for (int k = 0; k < content.Networks.Count; k++)
        {
            TrainedNetwork network = content.Networks[k];
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
    /// <exception cref="ModelFormatException">The file is no model, damaged, or of a newer format.</exception>
    public static DetectorContent Read(Stream stream, string name)
    {
        SafetensorsFile file = SafetensorsFile.Read(stream, name);
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
            throw Bad(name, "it has no 'iadnative' entry in its metadata, so it is no IadNative model.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(file, document.RootElement, name);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException)
        {
            throw Bad(name, $"its description does not make sense: {e.Message}", e);
        }
    }

    private static DetectorContent Read(SafetensorsFile file, JsonElement json, string name)
    {
        int version = json.GetProperty("format").GetInt32();
        if (version != FormatVersion)
        {
            throw new ModelFormatException(
                name, $"it has format {version}; this version reads format {FormatVersion}.", "Use the version that saved it.");
        }

        FitOptions options = ReadOptions(json);
        options.Validate();
        string[] names = [.. json.GetProperty("features").EnumerateArray().Select(element => element.GetString() ?? "")];
        ImageShape? image = ReadImage(json, names.Length);
        int members = options.Training.Ensemble;
        if (names.Length == 0) throw new FormatException("there is no feature");
        Plan plan = options.Model.WritePlan(options.Network!, names.Length, options.Training.Epochs!.Value);
        CheckSize(file, plan, options.Network!, members);
        var content = new DetectorContent
        {
            Options = options,
            FeatureNames = names,
            Image = image,
            Scaler = new FeatureScaler(file.Float32("scaler.offset", names.Length), file.Float32("scaler.scale", names.Length)),
            Networks = ReadNetworks(file, plan, members),
            Medians = file.Float64("score.medians", members),
            Quantiles = file.Float32("score.quantiles", DetectorContent.QuantileCount),
            Threshold = json.GetProperty("threshold").GetSingle(),
            Round = json.GetProperty("round").GetInt32(),
            Seed = json.GetProperty("seed").GetUInt64(),
            CreatedBy = json.GetProperty("createdBy").GetString() ?? "",
        };
        Check(content, plan);
        if (content.Round < 0 || content.Round > options.Training.Rounds)
            throw new FormatException($"round {content.Round} is none of 0 to {options.Training.Rounds}");
        return content;
    }

    /// <summary>Refuses a plan that needs more numbers than the file holds, before anything of their size is made.</summary>
    private static void CheckSize(SafetensorsFile file, Plan plan, NetworkSpec network, int members)
    {
        if (((long)plan.Parameters.Length + plan.Statistics.Length) * members * sizeof(float) > file.DataLength)
            throw new FormatException($"the file is too small for {members} networks {network} on {plan.Features} features");
    }

    private static TrainedNetwork[] ReadNetworks(SafetensorsFile file, Plan plan, int members)
    {
        var networks = new TrainedNetwork[members];
        for (int k = 0; k < members; k++)
        {
            var parameters = new float[plan.Parameters.Length];
            var statistics = new float[plan.Statistics.Length];
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

            var state = new float[plan.State.Length];
            foreach (TensorSlot slot in plan.State.Slots)
                file.Float32(TensorName(k, slot), StateShape(slot)).CopyTo(state, slot.Offset);
            networks[k] = new TrainedNetwork(parameters, statistics, state);
        }

        return networks;
    }

    private static void Check(DetectorContent content, Plan plan)
    {
        foreach (TrainedNetwork network in content.Networks)
        {
            if (!Array.TrueForAll(network.Parameters, float.IsFinite) || !Array.TrueForAll(network.Statistics, float.IsFinite)
                || !Array.TrueForAll(network.State, float.IsFinite))
                throw new FormatException("a weight is not finite");
            if (!content.Options.Model.Accepts(plan, network.State))
                throw new FormatException("a member's state cannot come from training");
        }

        if (!Array.TrueForAll(content.Medians, double.IsFinite)
            || (content.Networks.Count > 1 && content.Options.Model.MemberScale == MemberScale.DivideByMedian
                && Array.Exists(content.Medians, median => median == 0)))
            throw new FormatException("a member's median score cannot be divided by");
        for (int i = 0; i < content.Quantiles.Length; i++)
        {
            if (!float.IsFinite(content.Quantiles[i]) || (i > 0 && content.Quantiles[i] < content.Quantiles[i - 1]))
                throw new FormatException("the quantiles of the training scores do not ascend");
        }

        if (!float.IsFinite(content.Threshold)) throw new FormatException("the threshold is not finite");
    }

    private static string Describe(DetectorContent content)
    {
        FitOptions options = content.Options;
        TrainingOptions training = options.Training;
        MaskedAutoregressiveFlow flow = options.Model as MaskedAutoregressiveFlow ?? new MaskedAutoregressiveFlow();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", FormatVersion);
            json.WriteString("createdBy", content.CreatedBy);
            json.WriteString("model", options.Model.Name);
            json.WriteStartObject("network");
            json.WriteString("widths", options.Network!.ToString());
            json.WriteBoolean("batchNorm", options.Network.BatchNorm);
            json.WriteBoolean("affine", options.Network.Affine);
            json.WriteBoolean("bias", options.Network.Bias);
            json.WriteString("degrees", flow.Degrees.ToShortName());
            json.WriteEndObject();
            json.WriteStartArray("features");
            foreach (string feature in content.FeatureNames) json.WriteStringValue(feature);
            json.WriteEndArray();
            if (content.Image is { } image)
            {
                json.WriteStartObject("image");
                json.WriteNumber("height", image.Height);
                json.WriteNumber("width", image.Width);
                json.WriteString("normalization", options.Normalization!.Value.ToShortName());
                json.WriteEndObject();
            }

            json.WriteStartObject("training");
            json.WriteNumber("rounds", training.Rounds);
            json.WriteNumber("epochs", training.Epochs!.Value);
            json.WriteNumber("batchSize", training.BatchSize);
            json.WriteNumber("learningRate", training.LearningRate);
            json.WriteNumber("weightDecay", training.WeightDecay);
            json.WriteNumber("inverseTau", training.InverseTau);
            json.WriteString("between", BetweenRoundsNames.ToShortName(training.Between));
            json.WriteNumber("pretrainEpochs", (options.Model as DeepSvdd)?.PretrainEpochs ?? 0);
            json.WriteNumber("nu", (options.Model as SoftBoundarySvdd ?? new SoftBoundarySvdd()).Nu);
            json.WriteBoolean("weightByDensity", flow.WeightByDensity);
            json.WriteString("termination", training.Termination.ToString());
            json.WriteNumber("seed", training.Seed);
            json.WriteNumber("seeds", training.Seeds);
            json.WriteNumber("ensemble", training.Ensemble);
            json.WriteEndObject();
            json.WriteString("thresholdRule", options.Threshold!.Value.ToString());
            json.WriteNumber("threshold", content.Threshold);
            json.WriteNumber("round", content.Round);
            json.WriteNumber("seed", content.Seed);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static FitOptions ReadOptions(JsonElement json)
    {
        JsonElement network = json.GetProperty("network");
        JsonElement training = json.GetProperty("training");
        return new FitOptions
        {
            Model = ReadModel(json, network, training),
            Network = NetworkSpec.Parse(Text(network, "widths")) with
            {
                BatchNorm = network.GetProperty("batchNorm").GetBoolean(),
                Affine = network.GetProperty("affine").GetBoolean(),
                Bias = network.GetProperty("bias").GetBoolean(),
            },
            Normalization = json.TryGetProperty("image", out JsonElement image)
                ? ImageNormalizationNames.Parse(Text(image, "normalization"))
                : null,
            Threshold = ThresholdRule.Parse(Text(json, "thresholdRule")),
            Training = new TrainingOptions
            {
                Rounds = training.GetProperty("rounds").GetInt32(),
                Epochs = training.GetProperty("epochs").GetInt32(),
                BatchSize = training.GetProperty("batchSize").GetInt32(),
                LearningRate = training.GetProperty("learningRate").GetDouble(),
                WeightDecay = training.GetProperty("weightDecay").GetDouble(),
                InverseTau = training.GetProperty("inverseTau").GetDouble(),
                Between = BetweenRoundsNames.Parse(Text(training, "between")),
                Termination = TerminationCriterion.Parse(Text(training, "termination")),
                Seed = training.GetProperty("seed").GetUInt64(),
                Seeds = training.GetProperty("seeds").GetInt32(),
                Ensemble = training.GetProperty("ensemble").GetInt32(),
            },
        };
    }

    // Options of other models stand in every file, too, and are held to the same rules.
    private static BaseModel ReadModel(JsonElement json, JsonElement network, JsonElement training)
    {
        int pretrainEpochs = training.GetProperty("pretrainEpochs").GetInt32();
        BaseModel[] models =
        [
            new OneClassSvdd { PretrainEpochs = pretrainEpochs },
            new SoftBoundarySvdd { PretrainEpochs = pretrainEpochs, Nu = training.GetProperty("nu").GetDouble() },
            BaseModel.Autoencoder,
            new MaskedAutoregressiveFlow
            {
                Degrees = MadeDegreesNames.Parse(Text(network, "degrees")),
                WeightByDensity = training.GetProperty("weightByDensity").GetBoolean(),
            },
        ];
        foreach (BaseModel model in models) model.Validate();
        string name = BaseModel.Parse(Text(json, "model")).Name;
        return models.First(model => model.Name == name);
    }

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new FormatException($"'{property}' is null");

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
