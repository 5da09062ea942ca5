using BenchmarkDotNet.Running;
using IadNative.Bench.Gpu;
using IadNative.Bench.Versus;

// `versus` measures the CPU engine against other libraries, `gpu` the CUDA engine. All else goes to BenchmarkDotNet, whose suites are the classes beside this file:
// --list flat names them, --filter '*Scoring*' picks some.
if (args is ["versus", ..]) return VersusCommand.Run(args[1..]);
if (args is ["gpu", ..]) return GpuCommand.Run(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
