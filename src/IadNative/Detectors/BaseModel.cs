namespace IadNative.Detectors;

/// <summary>The anomaly detection model that IAD trains.</summary>
public enum BaseModel
{
    /// <summary>One-class Deep SVDD: the squared distance to a center is loss and score (Eq. 4–5).</summary>
    OneClassSvdd,

    /// <summary>Soft-boundary Deep SVDD: the loss is hinged at a radius R (Eq. 1–3).</summary>
    SoftBoundarySvdd,

    /// <summary>Autoencoder: the squared reconstruction error is loss and score (Eq. 9–10).</summary>
    Autoencoder,

    /// <summary>Masked autoregressive flow: the negative log-likelihood is loss and score (Eq. 6–7).</summary>
    MaskedAutoregressiveFlow,
}

/// <summary>The short names of base models, as the command line and the model file write them.</summary>
public static class BaseModelNames
{
    private static readonly (BaseModel Model, string Name)[] s_names =
    [
        (BaseModel.OneClassSvdd, "svdd"),
        (BaseModel.SoftBoundarySvdd, "svdd-soft"),
        (BaseModel.Autoencoder, "ae"),
        (BaseModel.MaskedAutoregressiveFlow, "maf"),
    ];

    /// <summary>All short names.</summary>
    public static IReadOnlyList<string> All { get; } = Array.ConvertAll(s_names, entry => entry.Name);

    /// <summary>The short name: <c>svdd</c>, <c>svdd-soft</c>, <c>ae</c> or <c>maf</c>.</summary>
    public static string ToShortName(this BaseModel model) => Array.Find(s_names, entry => entry.Model == model).Name
        ?? throw new ArgumentOutOfRangeException(nameof(model), model, "This is no base model.");

    /// <summary>The model of a short name.</summary>
    /// <exception cref="FormatException">There is no such model.</exception>
    public static BaseModel Parse(string name)
    {
        foreach ((BaseModel model, string text) in s_names)
        {
            if (text == name) return model;
        }

        throw new FormatException($"'{name}' is no model. Use {string.Join(", ", All)}.");
    }
}
