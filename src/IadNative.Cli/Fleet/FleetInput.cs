using System.CommandLine;
using IadNative.Fleet;
using IadNative.Messages;

namespace IadNative.Cli.Fleet;

/// <summary>The folder of a fleet that the user named.</summary>
internal static class FleetInput
{
    /// <summary>The argument FLEET.</summary>
    public static Argument<string> Argument() => new("FLEET") { Description = "The folder that 'iad fleet plan' or 'iad fleet fit' made." };

    /// <summary>Opens a folder; damaged results in it are warned of.</summary>
    /// <exception cref="BadInputException">The name is none.</exception>
    public static FleetFolder Open(string path, Terminal terminal)
    {
        if (path.Length == 0) throw new BadInputException("the fleet needs the name of a folder.");
        try
        {
            return new FleetFolder(path, terminal.Warn);
        }
        catch (FileNotFoundException)
        {
            // A relative path has no place where the current folder was deleted.
            throw new BadInputException($"'{ForeignText.Plain(path)}' is nowhere: {CurrentFolder.Description}.");
        }
    }

    /// <summary>Reads its plan.</summary>
    /// <exception cref="BadInputException">There is none, or it cannot be read.</exception>
    /// <exception cref="DataFormatException">It is damaged.</exception>
    public static FleetPlan ReadPlan(FleetFolder folder, string path)
    {
        if (!Directory.Exists(folder.Path))
            throw new BadInputException($"'{ForeignText.Plain(path)}' does not exist; check the path ({CurrentFolder.Description}).");
        if (!folder.HasPlan)
        {
            throw new BadInputException($"'{ForeignText.Plain(path)}' holds no plan of a fleet; check the path, or plan one: "
                + "iad fleet plan SOURCES --by COL --out FLEET.");
        }

        return InputFile.ReadAny(path, _ => folder.ReadPlan());
    }

    /// <summary>Waits for what a store does.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
