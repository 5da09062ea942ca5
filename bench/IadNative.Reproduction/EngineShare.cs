
namespace IadNative.Reproduction;

/// <summary>How much of a result one engine has trained.</summary>
/// <param name="Engine">Its <see cref="EngineIdentity"/>.</param>
/// <param name="Trainings">How many trainings are its work.</param>
internal sealed record EngineShare(string Engine, int Trainings)
{
    /// <summary>The shares of all engines, the largest first.</summary>
    /// <param name="engines">The engine of each training.</param>
    public static IReadOnlyList<EngineShare> Of(IEnumerable<string> engines) =>
    [
        .. engines.CountBy(engine => engine).Select(count => new EngineShare(count.Key, count.Value))
            .OrderByDescending(share => share.Trainings).ThenBy(share => share.Engine, StringComparer.Ordinal),
    ];

    /// <summary>The shares of several parts together.</summary>
    public static IReadOnlyList<EngineShare> Sum(IEnumerable<EngineShare> parts) =>
        Of(parts.SelectMany(part => Enumerable.Repeat(part.Engine, part.Trainings)));
}
