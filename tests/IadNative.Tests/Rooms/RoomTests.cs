using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Rooms;

/// <summary>
/// Which part of the library knows which: Detectors -> Iad -> Models -> Networks -> Compute, and never back. Needs the source, since
/// what users hold has one namespace, whatever its room.
/// </summary>
public sealed partial class RoomTests
{
    /// <summary>From the top down; a room may know those below it.</summary>
    private static readonly string[] s_rooms = ["Detectors", "Iad", "Models", "Networks", "Compute"];

    [TestCaseSource(nameof(s_rooms))]
    public void A_room_knows_only_rooms_below_it(string room)
    {
        string[] above = s_rooms[..Array.IndexOf(s_rooms, room)];
        foreach ((string file, string text) in Sources(room))
        {
            foreach (string other in above)
            {
                Assert.That(text, Does.Not.Contain($"IadNative.{other}"), $"{file} knows {other}");
                Assert.That(CodeOf(text), Does.Not.Match($@"(?<!\.)\b({PublicTypesOf(other)})\b"), $"{file} knows {other}");
            }
        }
    }

    [TestCaseSource(nameof(s_rooms))]
    public void A_folder_is_a_namespace_but_for_what_users_hold(string room)
    {
        foreach ((string file, string text) in Sources(room))
        {
            string name = NamespaceOf().Match(text).Groups[1].Value;
            string folder = Path.GetDirectoryName(file)!.Replace(Path.DirectorySeparatorChar, '.');
            Assert.That(name, Is.EqualTo(PublicType().IsMatch(text) ? "IadNative" : $"IadNative.{folder}"), file);
        }
    }

    [TestCase("Iad/IadTrainer.cs")]
    [TestCase("Iad/RunGroup.cs")]
    [TestCase("Iad/IadRun.cs")]
    [TestCase("Iad/RobustTraining.cs")]
    [TestCase("Iad/RoundSelection.cs")]
    [TestCase("Iad/TerminationCriterion.cs")]
    public void The_loop_knows_no_model(string file)
    {
        string text = Sources("Iad").Single(source => source.File.Replace('\\', '/') == file).Text;
        Assert.That(text, Does.Not.Contain("IadNative.Models").And.Not.Contain("IadNative.Networks"));
        Assert.That(CodeOf(text), Does.Not.Match($@"(?<!\.)\b({PublicTypesOf("Models", but: "MemberScale")}|{PublicTypesOf("Networks")})\b"));
    }

    // Documentation may speak of what the code must not know.
    private static string CodeOf(string text) => Comment().Replace(text, "");

    private static string PublicTypesOf(string room, string but = "") => string.Join('|', Sources(room)
        .SelectMany(source => PublicType().Matches(source.Text)).Select(match => match.Groups[1].Value).Where(name => name != but));

    private static IEnumerable<(string File, string Text)> Sources(string room)
    {
        string library = Library();
        string[] files = Directory.GetFiles(Path.Combine(library, room), "*.cs", SearchOption.AllDirectories);
        Assert.That(files, Is.Not.Empty);
        return files.Select(file => (Path.GetRelativePath(library, file), File.ReadAllText(file)));
    }

    private static string Library([CallerFilePath] string here = "")
    {
        string library = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "IadNative"));
        return Directory.Exists(library) ? library : throw new IgnoreException("The library's source is not beside the tests.");
    }

    [GeneratedRegex(@"^public (?:\w+ )*?(?:class|record struct|record|struct|enum|interface|delegate \w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceOf();
}
