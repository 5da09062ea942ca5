using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using IadNative.Cuda;
using IadNative.Extensions.Hosting;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using IadNative.ML;
using IadNative.Onnx;
using IadNative.Parquet;

namespace IadNative.Tests.Api;

/// <summary>
/// The public members of the packages are those of a checked-in listing, so that nobody changes the contract unawares, and every
/// public type stands with a reason in the README.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly Assembly[] s_packages =
    [
        typeof(AnomalyDetector).Assembly, typeof(CudaDevice).Assembly, typeof(ParquetFormat).Assembly, typeof(IAnomalyDetectorProvider).Assembly,
        typeof(IadTransformer).Assembly, typeof(OnnxExport).Assembly, typeof(FleetPlan).Assembly, typeof(PostgreSqlFleets).Assembly,
    ];

    [Test]
    public void The_public_members_are_those_of_the_listing() => Assert.That(
        Listing(), Is.EqualTo(File.ReadAllText(Place("PublicApi.txt")).ReplaceLineEndings("\n")),
        "Run the explicit test beside this one, and tell users in src/CHANGELOG.md.");

    [Test, Explicit("Writes the listing in the sources.")]
    public void Write_the_listing() => File.WriteAllText(Place("PublicApi.txt"), Listing());

    [Test]
    public void Every_public_type_has_a_reason_in_the_readme()
    {
        string readme = File.ReadAllText(Place("..", "..", "..", "README.md"));
        int start = readme.IndexOf("\n## API", StringComparison.Ordinal);
        Assert.That(start, Is.GreaterThanOrEqualTo(0));
        int end = readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        string section = end < 0 ? readme[start..] : readme[start..end];
        Assert.That(Types().Select(type => type.Name).Where(name => !section.Contains($"`{name}`", StringComparison.Ordinal)), Is.Empty);
    }

    private static IEnumerable<Type> Types() =>
        s_packages.SelectMany(package => package.GetExportedTypes()).OrderBy(type => type.FullName, StringComparer.Ordinal);

    private static string Listing()
    {
        var text = new StringBuilder();
        foreach (Type type in Types())
        {
            text.Append(type.FullName).Append('\n');
            IEnumerable<string> members = type
                .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(IsContract).Select(member => member.ToString()!).Order(StringComparer.Ordinal);
            foreach (string member in members) text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    // What callers and heirs see, but for what the compiler adds and for accessors, which stand with their properties.
    private static bool IsContract(MemberInfo member) => member.GetCustomAttribute<CompilerGeneratedAttribute>() is null && member switch
    {
        MethodBase { IsSpecialName: true } method => method is ConstructorInfo && IsVisible(method),
        MethodBase method => IsVisible(method),
        FieldInfo field => field.IsPublic,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo => true,
        _ => false,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Place(params string[] parts)
    {
        return Path.GetFullPath(Path.Combine([Here(), .. parts]));

        static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
    }
}
