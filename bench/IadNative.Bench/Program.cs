using BenchmarkDotNet.Running;

// Each suite is a class beside this file; --list flat names them, --filter '*Scoring*' picks some.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
