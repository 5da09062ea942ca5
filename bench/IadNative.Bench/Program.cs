using BenchmarkDotNet.Running;
using IadNative.Bench;
using IadNative.Bench.Versus;

// `versus` measures against other libraries; `readme` brings its results into the README. All else goes to BenchmarkDotNet, whose
// suites are the classes beside this file: --list flat names them, --filter '*Scoring*' picks some.
if (args is ["versus", ..]) return VersusCommand.Run(args[1..]);
if (args is ["readme"])
{
    string readme = Path.Combine(Repository.Root, "README.md");
    string page = ReadmeTable.NewestPage(Path.Combine(Repository.Root, "bench", "results"));
    File.WriteAllText(readme, ReadmeTable.Rewrite(File.ReadAllText(readme), Path.GetFileName(page), File.ReadAllText(page)));
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
