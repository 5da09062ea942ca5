using System.Security.Cryptography;
using System.Text;

namespace IadNative.Mutation;

/// <summary>
/// Chooses mutants: as many of each folder, and of each file of a folder, as there are. A seed decides which; a change of one file leaves
/// the choice in others as it was.
/// </summary>
internal static class Sample
{
    /// <summary>The chosen ones, at most so many.</summary>
    public static IReadOnlyList<MutantSite> Choose(IEnumerable<MutantSite> sites, int count, int seed)
    {
        IEnumerable<MutantSite>[] folders =
        [
            .. sites.GroupBy(site => site.Mutant.Folder, StringComparer.Ordinal).OrderBy(folder => folder.Key, StringComparer.Ordinal)
                .Select(folder => InTurn(
                [
                    .. folder.GroupBy(site => site.Mutant.File, StringComparer.Ordinal)
                        .OrderBy(file => Order(file.Key, seed), StringComparer.Ordinal)
                        .Select(file => file.OrderBy(site => Order(site.Mutant.Key, seed), StringComparer.Ordinal)),
                ])),
        ];
        return [.. InTurn(folders).Take(count)];
    }

    /// <summary>The first of each, then the second of each, and so on.</summary>
    private static IEnumerable<T> InTurn<T>(IReadOnlyList<IEnumerable<T>> lists) =>
        lists.SelectMany((list, number) => list.Select((item, place) => (item, place, number)))
            .OrderBy(entry => entry.place).ThenBy(entry => entry.number).Select(entry => entry.item);

    private static string Order(string text, int seed) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{text}")));
}
