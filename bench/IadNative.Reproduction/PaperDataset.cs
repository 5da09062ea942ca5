using IadNative.Networks;

namespace IadNative.Reproduction;

/// <summary>A data set of the paper: where it lies and which network it gets.</summary>
/// <param name="Name">What the command line and results call it.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Contamination">The share of anomalies in the data as they are; null for images, which have classes.</param>
/// <param name="Network">The encoder of Deep SVDD and autoencoders (Section V-A).</param>
internal sealed record PaperDataset(string Name, string Title, double? Contamination, NetworkSpec Network)
{
    /// <summary>The five ODDS sets (Table I) and the two sets of images, in the paper's order.</summary>
    public static IReadOnlyList<PaperDataset> All { get; } =
    [
        new("satellite", "Satellite", 0.316, new(32, 16, 8)),
        new("arrhythmia", "Arrhythmia", 0.146, new(128, 64, 32)),
        new("cardio", "Cardio", 0.096, new(32, 16, 8)),
        new("thyroid", "Thyroid", 0.025, new(32, 16, 4)),
        new("satimage-2", "Satimage-2", 0.012, new(32, 16, 8)),
        new("mnist", "MNIST", null, NetworkSpec.LeNetMnist),
        new("fashion-mnist", "Fashion-MNIST", null, NetworkSpec.LeNetFashionMnist),
    ];

    /// <summary>The classes of a set of images, each in turn the normal one.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>Whether it holds images.</summary>
    public bool IsImages => Contamination is null;

    /// <summary>The data set of a name.</summary>
    public static PaperDataset Of(string name) => All.First(dataset => dataset.Name == name);

    /// <summary>Where it may lie in the data folder, the usual place first.</summary>
    public IReadOnlyList<string> Places => IsImages
        ? [Name]
        : [Path.Combine("odds", Name + ".mat"), Path.Combine("odds", Name + ".npz"), Name + ".mat", Name + ".npz"];

    /// <summary>Where it can be had.</summary>
    public string Source => Name switch
    {
        "mnist" => "its four files are at https://yann.lecun.com/exdb/mnist/",
        "fashion-mnist" => "its four files are at https://github.com/zalandoresearch/fashion-mnist",
        _ => "the ODDS library, https://odds.cs.stonybrook.edu/, has it",
    };
}
