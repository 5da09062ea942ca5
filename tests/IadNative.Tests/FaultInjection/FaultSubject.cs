using System.Text.RegularExpressions;
using IadNative.Tests.Cli;

namespace IadNative.Tests.FaultInjection;

/// <summary>
/// A command in a folder of its own, and what has to hold of it under every fault: each output is the old file whole or the new one
/// whole, the exit code is a documented one and tells the truth, a message names the file and the reason, nothing is left behind.
/// </summary>
/// <param name="hasOld">Whether there are older files where it writes.</param>
internal abstract partial class FaultSubject(bool hasOld) : IDisposable
{
    private readonly TestFolder _folder = new();

    /// <summary>The program's name.</summary>
    public virtual string Program => "iad";

    /// <summary>The folder of all that it reads and writes.</summary>
    public string Folder => _folder.File("");

    /// <summary>The command.</summary>
    public abstract string[] Args { get; }

    /// <summary>The files that it writes, relative to <see cref="Folder"/>.</summary>
    protected abstract IReadOnlyList<string> Outputs { get; }

    /// <summary>The folder as a test uses it.</summary>
    protected TestFolder Files => _folder;

    /// <summary>Whether its result goes to standard output.</summary>
    protected virtual bool IsResultPrinted => false;

    /// <summary>Puts the folder into the state before the command.</summary>
    public void Prepare()
    {
        foreach (string file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
            if (!IsInput(file)) File.Delete(file);
        foreach (string folder in Directory.GetDirectories(Folder))
            if (Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length == 0) Directory.Delete(folder, recursive: true);
        if (!hasOld) return;
        foreach (string output in Outputs)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(output))!);
            File.WriteAllText(_folder.File(output), OldOf(output));
        }
    }

    /// <summary>Learns what the outputs are without a fault.</summary>
    public abstract void Learn(FaultedRun clean);

    /// <summary>What does not hold.</summary>
    public IEnumerable<string> Problems(FaultedRun run, Fault fault)
    {
        if (run.Code is not (0 or 1 or 2)) yield return $"exit code {run.Code}";
        bool areNew = true;
        foreach (string output in Outputs)
        {
            string path = _folder.File(output);
            bool isNew = (File.Exists(path) && IsNew(output, path)) || IsElsewhere(output);
            areNew &= isNew;
            bool isOld = hasOld ? File.Exists(path) && File.ReadAllText(path) == OldOf(output) : !File.Exists(path);
            if (!isNew && !isOld) yield return $"{output} is neither the old file nor the new one";
        }

        if (run.Code == 0 && !areNew) yield return "exit code 0, but not all is written";
        if (run.Code == 0 && IsResultPrinted && !IsPrinted(run.Out)) yield return "exit code 0, but not all is printed";
        if (run.Code != 0 && !run.IsFaulted) yield return "it fails without a fault";
        if (run.Code != 0 && run.Place == "stderr") yield return "it fails because it cannot say what nobody needs";
        if (run.Code != 0 && fault.Name == "EINTR") yield return "it does not try again";
        if (run.Place == "stdout" && fault.Name != "EINTR" && run.Code != 1) yield return "what is not printed is not said";
        if (run.Place == "stdout" && !areNew) yield return "what could not be printed cost files";
        if (run.Code != 0 && !IsReason().IsMatch(run.Err)) yield return "no reason is given";
        if (run.Code != 0 && !IsNamed(run)) yield return "no name is given";
        if (!fault.LeavesFilesRemovable || (run.Call == "unlink" && run.IsFaulted)) yield break;
        foreach (string file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Where(IsLeft))
            yield return $"{Path.GetRelativePath(Folder, file)} is left behind";
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether a file is the command's input.</summary>
    protected abstract bool IsInput(string path);

    /// <summary>Whether an output is whole and of this command.</summary>
    protected abstract bool IsNew(string output, string path);

    /// <summary>Whether the result was printed whole.</summary>
    protected virtual bool IsPrinted(string text) => true;

    /// <summary>Whether an output that could not be put into its place is whole in another.</summary>
    protected virtual bool IsElsewhere(string output) => false;

    /// <summary>Whether a file is in such another place.</summary>
    protected virtual bool IsOtherPlace(string path) => false;

    private bool IsLeft(string file) =>
        !IsInput(file) && !Outputs.Contains(Path.GetRelativePath(Folder, file)) && !IsOtherPlace(file);

    private bool IsNamed(FaultedRun run) => run.Place == "stdout"
        ? run.Err.Contains("standard output", StringComparison.OrdinalIgnoreCase)
        : run.Err.Contains(Folder, StringComparison.Ordinal);

    private static string OldOf(string output) => $"the older {output}\n";

    [GeneratedRegex("^error: .*(No space left|Disk quota|Input/output error|denied)", RegexOptions.Multiline)]
    private static partial Regex IsReason();
}
