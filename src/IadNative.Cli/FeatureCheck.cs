using System.Globalization;
using IadNative.Data;

namespace IadNative.Cli;

/// <summary>Compares the features of data with those a model was trained on.</summary>
internal static class FeatureCheck
{
    /// <summary>Refuses another number of features or images of another size, and warns of other names.</summary>
    /// <exception cref="BadInputException">The numbers or sizes differ.</exception>
    public static void Run(Dataset data, IReadOnlyList<string> expected, ImageShape? image, Terminal terminal)
    {
        if (data.Image != image)
        {
            throw new BadInputException($"{data.Name} holds {Describe(data.Image)}, but the model was trained on "
                + $"{Describe(image)}. Give data of that kind.");
        }

        if (data.Columns != expected.Count) throw new BadInputException(Mismatch(data.Name, data.Columns, expected.Count));
        if (AreGenerated(data.FeatureNames) || AreGenerated(expected)) return;
        for (int i = 0; i < expected.Count; i++)
        {
            if (data.FeatureNames[i] == expected[i]) continue;
            terminal.Warn(string.Create(CultureInfo.InvariantCulture,
                $"{data.Name}: feature {i + 1} is '{data.FeatureNames[i]}', but the model was trained with '{expected[i]}' there. "
                + $"Features go by position; check their order."));
            return;
        }
    }

    private static string Describe(ImageShape? image) => image is null ? "a table" : $"images of {image} pixels";

    private static string Mismatch(string name, int actual, int expected)
    {
        string hint = (actual - expected) switch
        {
            1 => " If one of its columns holds labels, name it with --label.",
            -1 => " If --label was given for data without labels, leave it away.",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{name} has {actual} features, but the model was trained on {expected}.{hint}");
    }

    /// <summary>Whether these are the names x1, x2, ... of a file that has none of its own.</summary>
    private static bool AreGenerated(IReadOnlyList<string> names) =>
        names.Select((name, i) => name == string.Create(CultureInfo.InvariantCulture, $"x{i + 1}")).All(same => same);
}
