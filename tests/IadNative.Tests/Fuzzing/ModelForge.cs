using System.Text.Json.Nodes;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Fuzzing;

/// <summary>
/// Model files that no fit has made: of any architecture, size of images, features, families and members, with tensors that fit, so
/// that a reader gets far; and the same with one thing changed in their description.
/// </summary>
internal static class ModelForge
{
    private const int MostParameters = 150_000;

    private static readonly string[] s_hostile =
    [
        "", "\u001b]0;title\u0007\u001b[2J", "\u202eevil\u200b", "x\r\ny", "\ud800", new('9', 3000), "-1", "1e999", "none", "conv8192-conv1-8",
        "65536-65536-65536", "16384x16384-conv1-1", "conv4-conv4-conv4-conv4-4", "32-16-8", "average:0-999", "quantile:1e-320", "auto", "gaussian",
    ];

    private static readonly JsonNode?[] s_numbers =
    [
        0, -1, 1, 2, 3, 1000, 1001, 65_535, 65_536, int.MaxValue, int.MinValue, 1L << 31, 1L << 40, 0.5, 1e308, 1e-320, JsonNode.Parse("-0"),
        JsonNode.Parse("1e999"), JsonNode.Parse("1e2"), JsonNode.Parse("18446744073709551616"), null, true, "1", new JsonArray(), new JsonObject(),
    ];

    /// <summary>The file of a detector with some options on some columns, its networks' numbers drawn at random.</summary>
    /// <param name="options">The options, which need not be filled in.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="image">The images that the columns are pixels of; null for a table.</param>
    /// <param name="random">Draws the numbers.</param>
    public static byte[] Of(FitOptions options, FeatureColumn[] columns, ImageShape? image, System.Random random)
    {
        var data = new Dataset("forged", new TableValues(new float[2 * columns.Length]), 2, columns, null, areNamed: false) { Image = image };
        options = options.FilledFor(data);
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        RowPreparation preparation = PreparationOf(columns, isOfImages: image is not null);
        FeatureScaler scaler = Scaler(preparation.Width);
        int rounds = options.Training.Termination.KeptOf(options.Training.Rounds), last = options.Training.Rounds;
        var members = new List<DetectorMember>();
        foreach (DetectorFamily family in families)
        {
            Plan plan = family.Model.WritePlan(family.Network!, family.WidthIn(columns), family.Epochs!.Value);
            int[] pool = family.Columns is { } chosen ? preparation.FeaturesOf(chosen) : [.. Enumerable.Range(0, preparation.Width)];
            for (int k = 0; k < family.Count * rounds; k++)
            {
                int[] own = [.. pool.OrderBy(_ => random.Next()).Take(plan.Features)];
                members.Add(new DetectorMember
                {
                    Model = family.Model,
                    Plan = plan,
                    Features = family.ColumnsPerMember is null ? family.Columns is null ? null : pool : own,
                    Scaler = Scaler(plan.Features),
                    Trained = new TrainedNetwork(
                        Numbers(plan.Parameters.Length, random), Numbers(plan.Statistics.Length, random), Numbers(plan.State.Length, random)),
                    Median = 1,
                    Scale = options.UsedScale ?? family.Model.MemberScale,
                    Width = 1,
                });
            }
        }

        var content = new DetectorContent
        {
            Options = options,
            Preparation = preparation,
            AreFeaturesNamed = false,
            Image = image,
            Scaler = scaler,
            Members = members,
            Quantiles = [.. Enumerable.Range(0, DetectorContent.QuantileCount).Select(i => (float)i)],
            Threshold = 1,
            Round = last,
            Rounds = [.. Enumerable.Range(last - rounds + 1, rounds)],
            Seed = 0,
            CreatedBy = "forge",
        };
        using var stream = new MemoryStream();
        DetectorFile.Write(content, stream);
        return stream.ToArray();
    }

    /// <summary>A file of an architecture drawn at random.</summary>
    public static byte[] Forge(System.Random random)
    {
        while (true)
        {
            bool isOfImages = random.Next(3) == 0;
            int convolutions = isOfImages ? random.Next(4) : 0, step = 1 << convolutions;
            ImageShape? image = isOfImages ? new ImageShape(step * random.Next(1, 6), step * random.Next(1, 6)) : null;
            FeatureColumn[] columns = image is { } shape
                ? [.. Enumerable.Range(1, shape.Pixels).Select(i => new FeatureColumn($"x{i}"))]
                : [.. Enumerable.Range(1, Size(random, 40)).Select(i => Column(i, random))];
            FitOptions options = Options(random, columns, image, convolutions);
            try
            {
                options.Validate();
                if (ParametersOf(options, columns, image) <= MostParameters) return Of(options, columns, image, random);
            }
            catch (ArgumentException)
            {
                // What does not go together is drawn again.
            }
        }
    }

    /// <summary>A file in which one thing or another is not what it was.</summary>
    public static byte[] Damage(byte[] saved, int i, System.Random random)
    {
        if (random.Next(8) == 0) return Mutator.Mutate(new ModelFile(saved).ToBytes(), i);
        var file = new ModelFile(saved);
        for (int times = 1 + random.Next(3); times > 0; times--) DamageOnce(file, random);
        return file.ToBytes();
    }

    private static void DamageOnce(ModelFile file, System.Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                Set(file.Description, "network", "widths", NetworkText(random));
                break;
            case 1:
                Set(file.Description, "image", random.Next(2) == 0 ? "height" : "width", random.Next(1, 70));
                break;
            case 2:
                Set(file.Description, "training", "ensemble", random.Next(1, 1001));
                break;
            case 3:
                string name = file.Tensors.Keys.ElementAt(random.Next(file.Tensors.Count));
                int[] shape = file.Tensors[name].Shape;
                if (shape.Length == 0 || shape.Aggregate(1L, (product, side) => product * side) > 100_000) break;
                int side = random.Next(shape.Length);
                file.Reshape(name, [.. shape.Select((length, place) => place == side ? Math.Max(0, length + random.Next(-1, 2)) : length)]);
                break;
            case 4:
                file.Tensors.Remove(file.Tensors.Keys.ElementAt(random.Next(file.Tensors.Count)));
                break;
            case 5:
                string text = file.RawDescription ?? file.Description.ToJsonString();
                int end = Math.Min(text.Length, 2 + random.Next(200));
                file.RawDescription = random.Next(2) == 0 ? "{\"format\":3," + text[1..] : text[..end] + text[random.Next(text.Length)] + text[end..];
                break;
            default:
                ReplaceLeaf(file.Description, random);
                break;
        }
    }

    private static void Set(JsonObject description, string section, string name, JsonNode value)
    {
        if (description[section] is JsonObject own) own[name] = value;
        if (section == "network" && description["families"] is JsonArray { Count: > 0 } families && families[^1] is JsonObject family
            && family["network"] is JsonObject network)
            network[name] = value.DeepClone();
    }

    private static void ReplaceLeaf(JsonObject description, System.Random random)
    {
        var leaves = new List<(JsonNode Parent, object Key)>();
        Collect(description);
        if (leaves.Count == 0) return;
        (JsonNode parent, object key) = leaves[random.Next(leaves.Count)];
        JsonNode? value = random.Next(2) == 0 ? s_hostile[random.Next(s_hostile.Length)] : s_numbers[random.Next(s_numbers.Length)]?.DeepClone();
        if (key is string name) parent[name] = value;
        else parent[(int)key] = value;

        void Collect(JsonNode node)
        {
            if (node is JsonObject properties)
            {
                foreach ((string property, JsonNode? child) in properties) Visit(node, property, child);
            }
            else if (node is JsonArray items)
            {
                for (int i = 0; i < items.Count; i++) Visit(node, i, items[i]);
            }
        }

        void Visit(JsonNode node, object place, JsonNode? child)
        {
            leaves.Add((node, place));
            if (child is not null) Collect(child);
        }
    }

    private static FitOptions Options(System.Random random, FeatureColumn[] columns, ImageShape? image, int convolutions)
    {
        bool isCommittee = random.Next(3) == 0;
        var training = new TrainingOptions
        {
            Rounds = 3, Epochs = 1, Ensemble = random.Next(3) == 0 ? Size(random, 30) : 1,
            Termination = random.Next(3) == 0 ? TerminationCriterion.Average(random.Next(1, 4), 3) : TerminationCriterion.Last,
        };
        MemberScale? scale = isCommittee ? MemberScale.Quartiles : null;
        if (random.Next(3) > 0)
        {
            BaseModel model = Model(random);
            return new FitOptions { Model = model, Network = Network(model, image, convolutions, random), Training = training, MemberScale = scale };
        }

        return new FitOptions
        {
            Training = training with { Ensemble = 1 },
            MemberScale = scale,
            Families = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Family())],
        };

        DetectorFamily Family()
        {
            BaseModel model = Model(random);
            return new DetectorFamily
            {
                Model = model,
                Network = Network(model, image, convolutions, random),
                Count = Size(random, 20),
                Columns = convolutions == 0 && random.Next(3) == 0 ? [.. Enumerable.Range(0, columns.Length).OrderBy(_ => random.Next()).Take(1 + random.Next(columns.Length))] : null,
                ColumnsPerMember = convolutions == 0 && random.Next(3) == 0 ? random.Next(1, 9) : null,
                Range = random.Next(4) == 0 ? 2 : null,
            };
        }
    }

    private static BaseModel Model(System.Random random) => BaseModel.All[random.Next(BaseModel.All.Count)];

    private static NetworkSpec? Network(BaseModel model, ImageShape? image, int convolutions, System.Random random) => model.HasNetwork
        ? new NetworkSpec([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Size(random, 300))])
        {
            Convolutions = model is MaskedAutoregressiveFlow ? [] : [.. Enumerable.Range(0, convolutions).Select(_ => Size(random, 1000))],
            Image = model is MaskedAutoregressiveFlow || convolutions == 0 ? null : image,
            BatchNorm = random.Next(4) > 0, Bias = random.Next(2) == 0, Affine = random.Next(2) == 0,
        }
        : null;

    private static string NetworkText(System.Random random) => random.Next(3) == 0
        ? s_hostile[random.Next(s_hostile.Length)]
        : string.Join('-', Enumerable.Range(0, random.Next(4)).Select(_ => $"conv{Size(random, 9000)}").Append($"{Size(random, 70_000)}"));

    private static FeatureColumn Column(int i, System.Random random) => random.Next(8) == 0
        ? new FeatureColumn($"c{i}", FeatureKind.Category) { Levels = [.. Enumerable.Range(0, random.Next(1, 14)).Select(level => $"level {level}")] }
        : new FeatureColumn($"x{i}");

    // Small numbers mostly, large ones now and then.
    private static int Size(System.Random random, int most) => random.Next(6) == 0 ? random.Next(1, most + 1) : random.Next(1, Math.Min(most, 9) + 1);

    private static long ParametersOf(FitOptions options, FeatureColumn[] columns, ImageShape? image)
    {
        int features = columns.Sum(ColumnPreparation.WidthOf), kept = options.Training.Termination.KeptOf(options.Training.Rounds);
        long sum = 0;
        foreach (DetectorFamily family in options.AllFamilies)
        {
            long own = family.Model is Gaussian ? (long)features * features : 0;
            NetworkSpec network = family.Network ?? NetworkSpec.None;
            long width = features, blocks = family.Model is MaskedAutoregressiveFlow ? 5 : 2;
            if (network.Convolutions.Count > 0)
            {
                long channels = 1;
                foreach (int next in network.Convolutions)
                {
                    own += blocks * 25 * channels * next;
                    channels = next;
                }

                width = channels * (image!.Value.Pixels >> (2 * network.Convolutions.Count));
            }

            foreach (int next in network.Widths)
            {
                own += blocks * width * next;
                width = next;
            }

            sum += (own + (blocks * 2 * features * width)) * family.Count * kept;
        }

        return sum;
    }

    private static RowPreparation PreparationOf(FeatureColumn[] columns, bool isOfImages)
    {
        if (isOfImages) return RowPreparation.Identity(columns);
        ColumnPreparation[] prepared =
        [
            .. columns.Select(column => new ColumnPreparation(column)
            {
                Mean = 0, Median = 0, LogShares = [.. column.Levels.Select(_ => -1.0)], UnseenLogShare = column.Levels.Count > 0 ? -9 : 0,
            }),
        ];
        int width = prepared.Sum(column => column.Width);
        double[] ones = new double[width];
        Array.Fill(ones, 1);
        return new RowPreparation(prepared, new double[width], ones, RowPreparation.RobustClip, Imputation.None);
    }

    private static FeatureScaler Scaler(int features)
    {
        float[] ones = new float[features];
        Array.Fill(ones, 1);
        return new FeatureScaler(new float[features], ones);
    }

    // Above zero, as variances and radii are.
    private static float[] Numbers(int count, System.Random random)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = 0.1f + random.NextSingle();
        return numbers;
    }
}
