using BenchmarkDotNet.Running;
using IadNative.Bench.Versus;

// `versus` measures against other libraries. All else goes to BenchmarkDotNet, whose suites are the classes beside this file:
// --list flat names them, --filter '*Scoring*' picks some.
if (args is ["versus", ..]) return VersusCommand.Run(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
