using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Rooms;

/// <summary>Which part of the library knows which: Detectors -> Iad -> Models -> Networks -> Compute, and never back. Needs the source.</summary>
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
                Assert.That(text, Does.Not.Match($@"\b{other}\.({TypesOf(other)})\b"), $"{file} knows {other}");
            }
        }
    }

    [TestCaseSource(nameof(s_rooms))]
    public void A_folder_is_a_namespace(string room)
    {
        foreach ((string file, string text) in Sources(room))
        {
            string name = NamespaceOf().Match(text).Groups[1].Value;
            string folder = Path.GetDirectoryName(file)!.Replace(Path.DirectorySeparatorChar, '.');
            Assert.That(name, Is.EqualTo($"IadNative.{folder}"), file);
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
    }

    // A name such as Iad.RunReport finds its way from IadNative.Compute too.
    private static string TypesOf(string room) => string.Join('|', typeof(IadNative.Detectors.AnomalyDetector).Assembly.GetTypes()
        .Where(type => type.Namespace == $"IadNative.{room}").Select(type => Regex.Escape(type.Name.Split('`')[0])).Distinct());

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

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceOf();
}
